// `callgate findings list`: the guard's findings, newest first.
#include <fmt/core.h>

#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/history/history_filter.h"
#include "cli/text/time_text.h"
#include "findings.h"

namespace callgate {

namespace {

struct FindingsListOptions {
  std::string since, session;
  bool active = false;
  uint64_t limit = 50;
};

std::string finding_json(const FindingRow& row) {
  JsonWriter json;
  json.begin_object();
  write_finding(json, row);
  return json.end_object().take();
}

void print_all(const std::vector<FindingRow>& rows) {
  JsonWriter json;
  json.begin_object().key("findings").begin_array();
  for (const FindingRow& row : rows) json.raw(finding_json(row));
  print_json(json.end_array().end_object().take());
}

int run_list(const FindingsListOptions& options, const Common& common) {
  FindingFilter filter{.session = options.session,
                       .active = options.active,
                       .limit = static_cast<size_t>(options.limit)};
  if (!options.since.empty()) {
    const Result<Micros> since = parse_when(options.since, wall_now(), DayEnd::Begin);
    if (!since) return wrong_usage(since.error().message);
    filter.since = *since;
  }
  const Result<std::string> path = record_path(common);
  if (!path) return fail(path.error());
  const Result<std::vector<FindingRow>> rows = read_findings(*path, filter);
  if (!rows) return fail(rows.error());
  if (rows->empty())
    if (const auto history = open_history(common); !history) return history_failed(history.error());
  if (common.json) {
    print_all(*rows);
  } else if (common.jsonl) {
    for (const FindingRow& row : *rows) print_json(finding_json(row));
  } else if (!rows->empty()) {
    print(findings_table(screen(common), *rows));
  }
  if (rows->empty()) return nothing_found(common, "the guard found nothing");
  const bool more = filter.limit != 0 && rows->size() == filter.limit;
  if (more && !common.json && !common.jsonl && !common.quiet)
    print_message("there may be older findings: --limit 0 shows all");
  return kDone;
}

}  // namespace

Run add_findings_list(Syntax& syntax) {
  const auto options = std::make_shared<FindingsListOptions>();
  syntax.value("--since", "TIME", options->since, "only findings since this time");
  syntax.value("--session", "ID", options->session, "only findings of this session");
  syntax.flag("--active", options->active, "only findings that are not cleared");
  syntax.number("--limit", "N", options->limit, "at most N findings; 0 for all (default 50)");
  return [options](const Common& common) { return run_list(*options, common); };
}

}  // namespace callgate
