// Fills a record with synthetic calls through the store itself: fill_record FILE CALLS [RUNS], or a
// week of many agents: fill_record --week FILE CALLS
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "filler.h"
#include "week.h"

namespace {

using namespace callgate;
using namespace callgate::bench;

constexpr CallNumber kTurn = 256;
const char* const kServers[] = {"filesystem", "github", "memory", "browser"};
const char* const kTools[] = {"read_file", "list_directory", "create_issue", "search", "navigate"};
const char* const kClients[] = {"claude-code", "cursor", "claude-desktop"};

std::shared_ptr<const std::string> text(const std::string& key, uint32_t number) {
  return std::make_shared<const std::string>(
      "{\"" + key + "\":\"/home/me/projects/file-" + std::to_string(number) +
      ".txt\",\"limit\":100,\"note\":\"" + std::string(40, 'n') + "\"}");
}

void add_call(Filler& filler, CallNumber call, uint32_t number, Micros at) {
  const uint32_t draw = number * 2654435761u >> 8;
  const char* server = kServers[draw % 4];
  const char* tool = kTools[draw / 4 % 5];
  CallStarted start;
  start.call = call;
  start.session = 1 + call % 3;
  start.at = at;
  start.server = server;
  start.tool = tool;
  start.exposed = std::string(server) + "__" + tool;
  start.era = "legacy";
  start.client_id = std::to_string(call);
  start.permission = draw % 50 == 0 ? Permission::Deny : Permission::Allow;
  if (start.permission == Permission::Deny) start.rule = "deny[0] *__delete_*";
  const auto args = text("path", number);
  start.args = {args, *args};
  start.wire = *args;
  filler.append(std::move(start));
  CallFinished end;
  end.call = call;
  end.at = at + Micros(800);
  end.outcome = draw % 50 == 0   ? Outcome::Denied
                : draw % 20 == 1 ? Outcome::ToolError
                                 : Outcome::Ok;
  if (end.outcome != Outcome::Ok) end.error = "no such file";
  end.duration = std::chrono::microseconds(200 + draw % 5000);
  const auto result = text("content", number + 7);
  end.result = {result, *result};
  end.wire = *result;
  filler.append(std::move(end));
}

bool fill_run(const std::string& path, uint32_t calls, uint32_t first, Micros begin) {
  const auto filler = Filler::open(path, "fill-" + std::to_string(first), begin);
  if (!filler) return false;
  for (SessionNumber s = 1; s <= 3; ++s) {
    filler->append(SessionOpened{.session = s,
                                 .at = begin,
                                 .client_name = kClients[s - 1],
                                 .client_version = "1.0",
                                 .process = {.pid = 100 + s, .exe = "/usr/bin/client"},
                                 .protocol = "2025-11-25",
                                 .era = "legacy"});
  }
  for (CallNumber call = 1; call <= calls; ++call) {
    add_call(*filler, call, first + call, begin + Micros(call) * 1000);
    if ((call % kTurn == 0 || call == calls) && !filler->turn()) return false;
  }
  return filler->turn();
}

}  // namespace

int main(int argc, char** argv) {
  const std::string first = argc > 1 ? argv[1] : "";
  const bool week = first == "--week";
  if (argc < (week ? 4 : 3)) {
    std::fprintf(stderr,
                 "usage: fill_record FILE CALLS [RUNS]\n       fill_record --week FILE CALLS\n");
    return 2;
  }
  const char* path = argv[week ? 2 : 1];
  const auto calls = static_cast<uint32_t>(std::strtoul(argv[week ? 3 : 2], nullptr, 10));
  if (week) {
    if (!fill_week(path, calls, wall())) return 1;
    std::printf("%u calls of a week\n", calls);
    return 0;
  }
  const uint32_t runs = argc > 3 ? static_cast<uint32_t>(std::strtoul(argv[3], nullptr, 10)) : 1;
  const Micros now = wall();
  uint32_t done = 0;
  for (uint32_t run = 0; run < runs; ++run) {
    const uint32_t share = calls / runs + (run < calls % runs ? 1 : 0);
    // A call a millisecond, so that the last one is a little before now.
    if (!fill_run(path, share, done, now - Micros(calls - done) * 1000)) return 1;
    done += share;
  }
  std::printf("%u calls in %u runs\n", done, runs);
  return 0;
}
