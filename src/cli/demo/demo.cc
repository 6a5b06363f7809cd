// `callgate demo`: plays a session of a scripted client with two built-in servers, explains each
// step, and shows what is in the record afterwards.
#include <fmt/core.h>

#include <iterator>
#include <memory>

#include "callgate/base/digest.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/gates/self_path.h"
#include "cli/history/call_line.h"
#include "cli/text/time_text.h"
#include "demo_client.h"
#include "demo_place.h"
#include "demo_script.h"
#include "demo_stuck.h"

namespace callgate {

namespace {

std::string demo_config(const DemoPlace& place, const std::string& program) {
  return fmt::format(R"({{
  "gateway": {{"shared": "off"}},
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
                     demo_server(program, "notes"), demo_server(program, "clock"),
                     quote(place.exports()));
}

/// Checks that the calls in the record have the outcomes that the script expects, and that no
/// arguments and no result contain the secret.
Status check_demo_record(const std::vector<CallRow>& newest_first, const std::string& secret) {
  constexpr Outcome kScript[] = {Outcome::Ok,       Outcome::Ok,        Outcome::Denied,
                                 Outcome::Denied,   Outcome::ToolError, Outcome::Ok,
                                 Outcome::Cancelled};
  const Error wrong{"demo.record",
                    "the demo did not go as expected: the record does not have the expected calls",
                    ""};
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
  const auto history = History::open(place.database());
  if (!history) return fail(history.error());
  HistoryFilter filter;
  filter.bodies = true;
  const Result<History::Page> page = (*history)->list(filter);
  if (!page) return fail(page.error());
  print(fmt::format("\nThe record, as callgate history shows it:\n\n{}\n",
                    call_table(screen(common), page->calls, wall_now(), "")));
  print(place.inspection_hint());
  print(
      "  callgate history show @-2          callgate history stats\n"
      "  callgate policy explain notes__delete_note\n");
  const Status good = check_demo_record(page->calls, secret);
  return good ? kDone : fail(good.error());
}

/// Launches the program, plays the session with the program, and waits for the program's end.
Status play_demo(const DemoLaunch& launch, const std::string& secret, const Screen& screen) {
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
  const Result<DemoPlace> place = DemoPlace::make();
  if (!place) return fail(place.error());
  const Status written = place->write_config(demo_config(*place, program));
  if (!written) return fail(written.error());
  const std::string log = place->log();
  const std::string secret = "ghp_" + hex(random_bytes(18));  // shaped like an access token
  const Status played = play_demo({program, place->environment(), log}, secret, screen(common));
  if (!played)
    return fail({played.error().code, played.error().message,
                 fmt::format("the log of callgate is {}", log)});
  return show_record(*place, secret, common);
}

}  // namespace

Run add_demo(Syntax& syntax) {
  const auto stuck = std::make_shared<bool>(false);
  syntax.flag("--stuck", *stuck,
              "show an agent that is stuck, and what the guard does about this agent");
  return
      [stuck](const Common& common) { return *stuck ? run_stuck_demo(common) : run_demo(common); };
}

}  // namespace callgate
