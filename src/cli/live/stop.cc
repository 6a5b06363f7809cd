// `callgate stop`: ends the gate process of `callgate serve`, or all gate processes.
#include <fmt/core.h>

#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/gates/gates.h"

namespace callgate {

namespace {

struct StopOptions {
  bool all = false;
};

int run_stop(const StopOptions& options, const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const Asked whom = options.all ? Asked::All : Asked::GateProcess;
  std::vector<int64_t> stopped;
  bool failed = false;
  for (const ControlAnswer& each : ask_gates(places->state_dir, whom, control_request("stop"))) {
    if (each.answer.ok()) {
      stopped.push_back(each.ok().find("pid").integer().value_or(0));
    } else {
      failed = fail(each.answer.error()) != kDone;
    }
  }
  if (common.json || common.jsonl) {
    JsonWriter json;
    json.begin_object().key("stopping").begin_array();
    for (const int64_t pid : stopped) json.integer(pid);
    print_json(json.end_array().end_object().take());
  } else if (!common.quiet) {
    for (const int64_t pid : stopped) print_message(fmt::format("process {} is stopping", pid));
  }
  if (failed) return kFailed;
  if (!stopped.empty()) return kDone;
  if (!common.quiet)
    print_message(
        options.all
            ? "no gate process runs"
            : "callgate serve does not run; --all also stops gate processes that clients started");
  return kNothingFound;
}

}  // namespace

Run add_stop(Syntax& syntax) {
  const auto options = std::make_shared<StopOptions>();
  syntax.flag("--all", options->all,
              "also stop gate processes that clients started; their sessions end");
  return [options](const Common& common) { return run_stop(*options, common); };
}

}  // namespace callgate
