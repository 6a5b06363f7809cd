#include "demo_stuck.h"

#include <fmt/core.h>
#include <poll.h>

#include <algorithm>
#include <cstdio>

#include "callgate/wire/writer.h"
#include "cli/findings/findings.h"
#include "cli/gates/self_path.h"
#include "demo_client.h"
#include "demo_place.h"

namespace callgate {

namespace {

constexpr int kPauseMillis = 350;  // the pause after each line, so that a person can read along

// Names that the agent makes up. In the demo's repository, only src/main.cc, src/store.cc and
// src/text.cc exist.
constexpr const char* kGuesses[] = {"src/utils.cc",  "src/helpers.cc", "src/common.cc",
                                    "src/shared.cc", "src/support.cc", "src/core.cc",
                                    "src/base.cc",   "src/misc.cc",    "src/tools.cc"};
constexpr const char* kCommit = "4be81c07d2";  // a commit that exists in the demo's repository
constexpr const char* kMutated[] = {"4be81c07d3", "4be81c07e2", "4be81d07d2", "4be91c07d2",
                                    "5be81c07d2", "4be81c17d2", "4be81c0702", "4ce81c07d2"};

std::string stuck_config(const std::string& program) {
  return fmt::format(R"({{
  "gateway": {{"shared": "off"}},
  "mcpServers": {{
    {}
  }},
  // The guard advises first. The guard refuses calls that continue in spite of the advice, and
  // calls that got "not found" or "denied" in an earlier session.
  "guard": {{"ladder": ["advise", "block"], "dead_ends": {{"known": "block"}}}}
}}
)",
                     demo_server(program, "files"));
}

struct Said {
  std::string text;  ///< the server's answer
  std::string ours;  ///< the gate's text, added to the answer or in place of it
  bool refused = false;
};

/// One session of the agent. Each session has its own gate process. All gate processes use the same
/// record, so the guard knows what the agent did in earlier sessions.
class Session {
 public:
  Session(DemoClient& client, const Screen& screen) : client_(client), screen_(screen) {}

  Status begin() {
    const auto hello =
        client_.ask("initialize", R"({"protocolVersion":"2025-11-25","capabilities":{},)"
                                  R"("clientInfo":{"name":"night-agent","version":"1"}})");
    if (!hello) return hello.error();
    client_.notify("notifications/initialized", "{}");
    const auto tools = client_.ask("tools/list", "{}");
    return tools ? Status() : Status(tools.error());
  }

  /// Makes a call. Prints the call, the server's answer, and the text that the gate adds to the
  /// answer.
  Result<Said> call(std::string_view tool, std::string_view name, std::string_view value) {
    const std::string args =
        name.empty() ? "{}" : fmt::format("{{{}:{}}}", quote(name), quote(value));
    const auto answer = client_.ask(
        "tools/call", fmt::format(R"({{"name":{},"arguments":{}}})", quote(tool), args));
    if (!answer) return answer.error();
    const Value result = (*answer)->root().find("result");
    Said said{.text = result.find("content").at_pointer("/0/text").text(),
              .ours = result.find("content").at_pointer("/1/text").text(),
              .refused = result.find("_meta").find("callgate/decision").is_string()};
    if (said.refused) said.ours = std::exchange(said.text, "");
    show(tool, value, said);
    return said;
  }

 private:
  void show(std::string_view tool, std::string_view value, const Said& said) {
    const std::string outcome = said.refused ? styled(screen_, Style::Red, "refused by the gate")
                                             : visible(said.text, Lines::Escaped);
    print(fmt::format("   {} {}  {} {}\n", tool, value, styled(screen_, Style::Dim, "→"), outcome));
    if (!said.ours.empty())
      print(fmt::format("     {}\n", styled(screen_, said.refused ? Style::Red : Style::Yellow,
                                            visible(said.ours, Lines::Escaped))));
    std::fflush(stdout);
    if (screen_.terminal) ::poll(nullptr, 0, kPauseMillis);
  }

  DemoClient& client_;
  const Screen& screen_;
};

void title(const Screen& screen, std::string_view text) {
  print(fmt::format("{}\n", styled(screen, Style::Bold, text)));
}

Status not_so(std::string_view what) {
  return Error{"demo.script", fmt::format("the demo did not go as expected: {}", what), ""};
}

/// Calls `tool` with each of `values` in turn, as a stuck agent does, until the gate refuses a
/// call.
template <size_t N>
Status until_refused(Session& session, std::string_view tool, std::string_view name,
                     const char* const (&values)[N]) {
  for (const char* value : values) {
    const auto said = session.call(tool, name, value);
    if (!said) return said.error();
    if (said->refused) return {};
  }
  return not_so("the gate refused no call");
}

Status first_night(Session& session, const Screen& screen) {
  title(screen, "1. An agent at work. The rules allow every call that follows.");
  for (const auto& [tool, name, value] : {std::tuple{"files__list_files", "", ""},
                                          {"files__read_file", "path", "src/main.cc"},
                                          {"files__show_commit", "hash", kCommit}}) {
    const auto said = session.call(tool, name, value);
    if (!said) return said.error();
    if (said->refused || !said->ours.empty())
      return not_so("the gate refused a call that it should have allowed, or gave advice about it");
  }
  title(screen, "2. The agent is lost and guesses names of files.");
  if (Status s = until_refused(session, "files__read_file", "path", kGuesses); !s) return s;
  title(screen,
        "3. The agent guesses a commit's hash: it changes the hash a little for each call.");
  return until_refused(session, "files__show_commit", "hash", kMutated);
}

Status second_night(Session& session, const Screen& screen) {
  title(screen,
        "4. The agent's next session, in a new process. The agent has forgotten its failed calls. "
        "The gate has not.");
  const auto said = session.call("files__read_file", "path", kGuesses[0]);
  if (!said) return said.error();
  if (!said->refused) return not_so("the gate allowed a call that failed in the first session");
  const auto honest = session.call("files__read_file", "path", "src/store.cc");
  if (!honest) return honest.error();
  return honest->refused ? not_so("the gate refused a correct call in the second session")
                         : Status();
}

Status play_stuck(const DemoLaunch& launch, const Screen& screen,
                  Status (*script)(Session&, const Screen&)) {
  Loop loop;
  auto client = DemoClient::start(loop, launch);
  if (!client) return client.error();
  Session session(**client, screen);
  Status played = session.begin();
  if (played) played = script(session, screen);
  const Result<int> ended = (*client)->end();
  if (!played) return played;
  return ended ? Status() : Status(ended.error());
}

int show_findings(const DemoPlace& place, const Screen& screen) {
  const auto found = read_findings(place.database(), {});
  if (!found) return fail(found.error());
  title(screen, "\nWhat the guard found, as callgate findings shows it:\n");
  print(findings_table(screen, *found) + "\n");
  print(place.inspection_hint());
  print(
      "  callgate findings explain          callgate report --html report.html\n"
      "  callgate touched                   callgate history\n");
  const bool guessed = std::any_of(found->begin(), found->end(), [](const FindingRow& row) {
    return row.finding.rule == GuardRule::Guess && row.finding.level == Level::Hard;
  });
  return guessed ? kDone : fail(not_so("the guard did not find the guesses").error());
}

}  // namespace

int run_stuck_demo(const Common& common) {
  const std::string program = self_path();
  const Screen out = screen(common);
  const Result<DemoPlace> place = DemoPlace::make();
  if (!place) return fail(place.error());
  Status done = place->write_config(stuck_config(program));
  const DemoLaunch launch{program, place->environment(), place->log()};
  for (const auto script : {first_night, second_night})
    if (done) done = play_stuck(launch, out, script);
  if (done) return show_findings(*place, out);
  return fail({done.error().code, done.error().message,
               fmt::format("the log of callgate is {}", place->log())});
}

}  // namespace callgate
