// `callgate demo`: a scripted session with two built-in servers, told step by step, and its record.
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <fstream>

#include "call_line.h"
#include "callgate/base/digest.h"
#include "callgate/wire/writer.h"
#include "commands.h"
#include "demo_client.h"
#include "demo_script.h"
#include "self_path.h"
#include "time_text.h"

extern char** environ;  // NOLINT: POSIX declares it nowhere else on macOS

namespace callgate {

namespace {

struct DemoPlace {
  std::string folder;
  std::string config() const { return folder + "/config/config.json"; }
  std::string state() const { return folder + "/state"; }
  std::string exports() const { return folder + "/export"; }
};

Result<DemoPlace> make_place() {
  const char* base = std::getenv("TMPDIR");
  std::string path =
      fmt::format("{}/callgate-demo-XXXXXX", base != nullptr && *base != '\0' ? base : "/tmp");
  if (mkdtemp(path.data()) == nullptr)
    return Error{"demo.folder", fmt::format("cannot make a folder like {}", path),
                 "set TMPDIR to a folder you may write to"};
  DemoPlace place{path};
  for (const std::string& folder : {path + "/config", place.state(), place.exports()}) {
    if (mkdir(folder.c_str(), 0700) != 0)
      return Error{"demo.folder", fmt::format("cannot make the folder {}", folder), ""};
  }
  return place;
}

Status write_config(const DemoPlace& place, const std::string& program) {
  const auto server = [&](std::string_view name) {
    return fmt::format(R"({}: {{"command": {}, "args": ["demo-server", {}]}})", quote(name),
                       quote(program), quote(name));
  };
  std::ofstream file(place.config());
  file << fmt::format(R"({{
  "mcpServers": {{
    {},
    {}
  }},
  "policy": {{
    "deny": [
      {{"tool": "notes__delete_note", "because": "notes are kept"}},
      {{"tool": "notes__export_notes", "args": {{"path": {{"outside": [{}]}}}}, "because": "exports stay in the export folder"}}
    ]
  }}
}}
)",
                      server("notes"), server("clock"), quote(place.exports()));
  file.close();
  if (!file) return Error{"demo.folder", fmt::format("cannot write {}", place.config()), ""};
  return {};
}

std::vector<std::string> environment_for(const DemoPlace& place) {
  std::vector<std::string> env;
  for (char** each = environ; *each != nullptr; ++each) {
    if (std::string_view(*each).substr(0, 9) != "CALLGATE_") env.emplace_back(*each);
  }
  env.push_back("CALLGATE_CONFIG=" + place.config());
  env.push_back("CALLGATE_STATE=" + place.state());
  return env;
}

/// What the record must hold afterwards, oldest first.
Status check_record(const std::vector<CallRow>& newest_first, const std::string& secret) {
  constexpr Outcome kScript[] = {Outcome::Ok,       Outcome::Ok,        Outcome::Denied,
                                 Outcome::Denied,   Outcome::ToolError, Outcome::Ok,
                                 Outcome::Cancelled};
  const Error wrong{"demo.record", "the record is not what the script says", ""};
  if (newest_first.size() != std::size(kScript)) return wrong;
  for (size_t i = 0; i < std::size(kScript); ++i) {
    const CallRow& row = newest_first[newest_first.size() - 1 - i];
    if (row.outcome != kScript[i]) return wrong;
    if (row.args.find(secret) != std::string::npos || row.result.find(secret) != std::string::npos)
      return wrong;
  }
  return {};
}

int show_record(const DemoPlace& place, const std::string& secret, const Common& common) {
  const auto history = History::open(place.state() + "/callgate.db");
  if (!history) return fail(history.error());
  HistoryFilter filter;
  filter.bodies = true;
  const Result<History::Page> page = (*history)->list(filter);
  if (!page) return fail(page.error());
  print(fmt::format("\nThe record, as callgate history shows it:\n\n{}\n",
                    call_table(screen(common), page->calls, wall_now(), "")));
  print(fmt::format(
      "It lies in {}; look further with\n  export CALLGATE_CONFIG={} CALLGATE_STATE={}\n",
      place.folder, place.config(), place.state()));
  print(
      "  callgate history show @-2          callgate history stats\n"
      "  callgate policy explain notes__delete_note\n");
  const Status good = check_record(page->calls, secret);
  return good ? kDone : fail(good.error());
}

/// The whole session, from launch to the program's own end.
Status play(const DemoLaunch& launch, const std::string& secret, const Screen& screen) {
  Loop loop;
  auto client = DemoClient::start(loop, launch);
  if (!client) return client.error();
  const Status played = DemoScript(**client, screen, secret).run();
  const Result<int> ended = (*client)->end();
  if (!played) return played;
  if (!ended) return ended.error();
  if (*ended == 0) return {};
  return Error{"demo.script", fmt::format("callgate ended with status {}", *ended), ""};
}

int run_demo(const Common& common) {
  const std::string program = self_path();
  const Result<DemoPlace> place = make_place();
  if (!place) return fail(place.error());
  const Status written = write_config(*place, program);
  if (!written) return fail(written.error());
  const std::string log = place->folder + "/stderr.txt";
  const std::string secret = "ghp_" + hex(random_bytes(18));  // shaped like an access token
  const Status played = play({program, environment_for(*place), log}, secret, screen(common));
  if (!played)
    return fail(
        {played.error().code, played.error().message, fmt::format("what it said is in {}", log)});
  return show_record(*place, secret, common);
}

}  // namespace

Run add_demo(Syntax&) { return run_demo; }

}  // namespace callgate
