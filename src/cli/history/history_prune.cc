// `callgate history prune`: drops the arguments and results of old calls from the record.
#include <fmt/core.h>

#include "callgate/store/prune.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/text/time_text.h"
#include "history_filter.h"

namespace callgate {

namespace {

struct HistoryPruneOptions {
  std::string older_than;
  bool dry_run = false;
};

int run_history_prune(const HistoryPruneOptions& options, const Common& common) {
  if (options.older_than.empty())
    return wrong_usage("history prune: --older-than is missing, as in --older-than 30d");
  const Result<Micros> length = parse_length(options.older_than);
  if (!length) return history_failed(length.error());
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const PruneMode mode = options.dry_run ? PruneMode::DryRun : PruneMode::Delete;
  const Result<PruneReport> report = prune(places->database(), wall_now() - *length, mode);
  if (!report) return history_failed(report.error());
  if (common.json || common.jsonl) {
    JsonWriter json;
    json.begin_object().key("calls").integer(static_cast<int64_t>(report->calls));
    json.key("bodies").integer(static_cast<int64_t>(report->bodies));
    json.key("bytes")
        .integer(static_cast<int64_t>(report->bytes))
        .key("dry_run")
        .boolean(options.dry_run);
    print_json(json.end_object().take());
  } else {
    print(fmt::format("{} {} of {}, {}\n", options.dry_run ? "would drop" : "dropped",
                      report->bodies == 1 ? "1 argument or result"
                                          : grouped(report->bodies) + " arguments and results",
                      grouped(report->calls, "call"), bytes_text(report->bytes)));
  }
  return report->calls == 0 ? kNothingFound : kDone;
}

}  // namespace

Run add_history_prune(Syntax& syntax) {
  const auto options = std::make_shared<HistoryPruneOptions>();
  syntax.value("--older-than", "LENGTH", options->older_than,
               "calls older than this, such as 30d, 12w or 36h");
  syntax.flag("--dry-run", options->dry_run, "only print what would be dropped");
  return [options](const Common& common) { return run_history_prune(*options, common); };
}

}  // namespace callgate
