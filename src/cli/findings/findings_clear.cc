// `callgate findings clear`: records that the user has cleared or approved a finding, and notifies
// the running gate processes.
#include <fmt/core.h>

#include "callgate/guard/guard.h"
#include "callgate/store/finding_ends.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/gates/gates.h"
#include "cli/gates/widening.h"
#include "cli/text/time_text.h"
#include "findings.h"

namespace callgate {

namespace {

struct FindingsClearOptions {
  std::string id, because;
  bool approve = false, yes = false;
};

/// Removes the dead end of a finding from the record. Running gate processes would also remove the
/// dead end, but perhaps no gate process runs.
Status forget(const std::string& path, const Finding& finding) {
  if (finding.rule != GuardRule::DeadEnd) return {};
  // Reads the dead ends of all agents. The finding has only a client's name, and several agents may
  // have this name.
  constexpr size_t kMost = 64 * kMostDeadEnds;
  const auto known = read_dead_ends(path, "", wall_now(), kMost);
  if (!known) return known.error();
  for (const DeadEnd& dead_end : *known)
    if (Guard::key_of(dead_end) == finding.key)
      if (const Status gone = forget_dead_end(path, dead_end); !gone) return gone;
  return {};
}

int run_clear(const FindingsClearOptions& options, const Common& common) {
  if (options.because.size() > kLongestReason) return reason_too_long();
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const Result<FindingRow> row = read_finding(places->database(), options.id);
  if (!row) return findings_failed(row.error());
  if (row->ended)
    return fail({"findings.ended", fmt::format("finding {} is {} already", row->id, row->how),
                 "callgate findings --active lists the findings that are not cleared"});
  const FindingEnd how = options.approve ? FindingEnd::Approved : FindingEnd::Cleared;
  const int may =
      may_widen(fmt::format("{} finding {} ({})?", options.approve ? "approve" : "clear", row->id,
                            row->finding.summary),
                options.yes);
  if (may != kDone) return may;
  Status written =
      end_finding(places->database(), row->id, how, wall_now(), by_whom(options.because));
  if (written) written = forget(places->database(), row->finding);
  if (!written) return fail(written.error());
  const NotifiedGates gates = notify_gates(*places, "findings");
  if (common.json || common.jsonl) {
    JsonWriter json;
    json.begin_object().key("id").string(row->id).key("how").string(name(how));
    json.key("processes").integer(static_cast<int64_t>(gates.notified)).end_object();
    print_json(json.take());
  } else if (!common.quiet) {
    print_message(fmt::format("finding {} is {}; {} gate {} notified", row->id, name(how),
                              gates.notified,
                              gates.notified == 1 ? "process was" : "processes were"));
  }
  return gates.failed > 0 ? kFailed : kDone;
}

}  // namespace

Run add_findings_clear(Syntax& syntax) {
  const auto options = std::make_shared<FindingsClearOptions>();
  syntax.required("ID", options->id, "a finding's id, or @last");
  syntax.flag(
      "--approve", options->approve,
      "allow what the agent does: double the finding's thresholds in the finding's session");
  syntax.value("--because", "TEXT", options->because,
               "the reason, which is recorded with the finding");
  syntax.flag("--yes", options->yes, "don't ask for confirmation");
  return [options](const Common& common) { return run_clear(*options, common); };
}

}  // namespace callgate
