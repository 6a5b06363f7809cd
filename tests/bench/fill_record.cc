// Fills a record with synthetic calls through the store itself: fill_record FILE CALLS [RUNS]
#include <unistd.h>

#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "callgate/store/recorder.h"

namespace {

using namespace callgate;

constexpr CallNumber kTurn = 256;
const char* const kServers[] = {"filesystem", "github", "memory", "browser"};
const char* const kTools[] = {"read_file", "list_directory", "create_issue", "search", "navigate"};
const char* const kClients[] = {"claude-code", "cursor", "claude-desktop"};

std::shared_ptr<const std::string> text(const std::string& key, uint32_t number) {
  return std::make_shared<const std::string>(
      "{\"" + key + "\":\"/home/me/projects/file-" + std::to_string(number) +
      ".txt\",\"limit\":100,\"note\":\"" + std::string(40, 'n') + "\"}");
}

struct Posts {
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::function<void()>> tasks;
  void post(std::function<void()> task) {
    const std::lock_guard lock(mutex);
    tasks.push_back(std::move(task));
    changed.notify_all();
  }
  void run_one() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return !tasks.empty(); });
    auto task = std::move(tasks.front());
    tasks.pop_front();
    lock.unlock();
    task();
  }
};

void add_call(Recorder& recorder, CallNumber call, uint32_t number, Micros at) {
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
  start.verdict = draw % 50 == 0 ? Verdict::Deny : Verdict::Allow;
  if (start.verdict == Verdict::Deny) start.rule = "deny[0] *__delete_*";
  const auto args = text("path", number);
  start.args = {args, *args};
  start.wire = *args;
  recorder.append(std::move(start));
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
  recorder.append(std::move(end));
}

bool fill_run(const std::string& path, uint32_t calls, uint32_t first, Micros begin) {
  Posts posts;
  RunInfo run;
  run.pid = ::getpid();
  const auto identity = process_identity(run.pid);
  run.pid_start = identity.first;
  run.boot_id = identity.second;
  run.uuid = "fill-" + std::to_string(first);
  run.version = "fill_record";
  RecorderOptions options;
  options.path = path;
  auto recorder = Recorder::open(std::move(options), run, begin,
                                 [&](auto task) { posts.post(std::move(task)); });
  if (!recorder) {
    std::fprintf(stderr, "%s\n", recorder.error().text().c_str());
    return false;
  }
  uint32_t durable = 0;
  bool failed = false;
  (*recorder)->on_durable([&](CallNumber) { ++durable; });
  (*recorder)->on_failed([&](CallNumber, const Error& error) {
    if (!std::exchange(failed, true)) std::fprintf(stderr, "%s\n", error.text().c_str());
  });
  for (SessionNumber s = 1; s <= 3; ++s) {
    (*recorder)->append(SessionOpened{.session = s,
                                      .at = begin,
                                      .client_name = kClients[s - 1],
                                      .client_version = "1.0",
                                      .process = {.pid = 100 + s, .exe = "/usr/bin/client"},
                                      .protocol = "2025-11-25",
                                      .era = "legacy"});
  }
  for (CallNumber call = 1; call <= calls && !failed; ++call) {
    add_call(**recorder, call, first + call, begin + Micros(call) * 1000);
    if (call % kTurn != 0 && call != calls) continue;
    while ((*recorder)->flush(), durable < call && !failed) posts.run_one();
  }
  return !failed;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: fill_record FILE CALLS [RUNS]\n");
    return 2;
  }
  const auto calls = static_cast<uint32_t>(std::strtoul(argv[2], nullptr, 10));
  const uint32_t runs = argc > 3 ? static_cast<uint32_t>(std::strtoul(argv[3], nullptr, 10)) : 1;
  const auto now =
      std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch());
  uint32_t done = 0;
  for (uint32_t run = 0; run < runs; ++run) {
    const uint32_t share = calls / runs + (run < calls % runs ? 1 : 0);
    // A call a millisecond, so that the last one is a little before now.
    if (!fill_run(argv[1], share, done, now - Micros(calls - done) * 1000)) return 1;
    done += share;
  }
  std::printf("%u calls in %u runs\n", done, runs);
  return 0;
}
