// `callgate reload`: makes running gate processes reload the configuration file.
#include <fmt/core.h>

#include "callgate/base/text.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/gates/gates.h"

namespace callgate {

namespace {

constexpr Millis kLimit{15'000};

std::vector<std::string> texts_of(Value list) {
  std::vector<std::string> texts;
  for (const Value each : list) texts.push_back(each.text());
  return texts;
}

void print_reload(Value report) {
  std::string text;
  const auto part = [&](const char* what, const char* key) {
    const std::string names = joined(texts_of(report.find(key)));
    if (!names.empty()) text += fmt::format("; {} {}", what, names);
  };
  part("new:", "added");
  part("restarted:", "restarted");
  part("removed:", "removed");
  part("effective when callgate is started again:", "after_restart");
  if (text.empty()) text = "; no server was restarted";
  print_message(fmt::format("process {}{}", report.find("pid").integer().value_or(0), text));
}

int run_reload(const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  JsonWriter json;
  json.begin_object().key("reloaded").begin_array();
  bool failed = false, any = false;
  for (const ControlAnswer& each :
       ask_gates(places->state_dir, Asked::All, control_request("reload"), kLimit)) {
    any = true;
    if (!each.answer.ok()) {
      failed = fail(each.answer.error()) != kDone;
      continue;
    }
    json.raw(each.ok().raw());
    if (!common.json && !common.jsonl && !common.quiet) print_reload(each.ok());
  }
  if (common.json || common.jsonl) print_json(json.end_array().end_object().take());
  if (failed) {
    if (!common.quiet)
      print_message("  a gate process in which the reload failed keeps its previous configuration");
    return kFailed;
  }
  if (any) return kDone;
  if (!common.quiet) print_message("no gate process runs");
  return kNothingFound;
}

}  // namespace

Run add_reload(Syntax& syntax) {
  // The command does not ask for confirmation. It accepts --yes anyway, so that scripts can pass
  // --yes to all commands that change something.
  const auto yes = std::make_shared<bool>(false);
  syntax.flag("--yes", *yes, "accepted, but without effect: reload never asks for confirmation");
  return [yes](const Common& common) { return run_reload(common); };
}

}  // namespace callgate
