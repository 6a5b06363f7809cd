// `callgate doctor`: examines the installation, reports everything that a support request would ask
// for, and names what the user can do about the faults.
#include "doctor.h"

#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "callgate/base/log.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/gates/self_path.h"
#include "cli/text/table.h"
#include "cli/text/terminal.h"
#include "cli/text/time_text.h"

namespace callgate {

namespace {

struct DoctorOptions {
  bool quick = false, codes = false;
  std::string wait = "30s";
};

Style diagnosis_style(Gravity level) {
  switch (level) {
    case Gravity::Ok:
      return Style::Green;
    case Gravity::Note:
      return Style::Blue;
    case Gravity::Warn:
      return Style::Yellow;
    case Gravity::Error:
      return Style::Red;
  }
  return Style::Plain;
}

int print_codes(const Common& common) {
  JsonWriter json;
  json.begin_object().key("codes").begin_array();
  std::vector<std::vector<Cell>> cells;
  for (const DiagnosisKind& kind : diagnosis_kinds()) {
    json.begin_object().key("code").string(kind.code).key("group").string(kind.group);
    json.key("level").string(gravity_word(kind.level)).key("about").string(kind.about).end_object();
    cells.push_back({{std::string(kind.code), Style::Cyan, ""},
                     {gravity_word(kind.level), diagnosis_style(kind.level), ""},
                     {std::string(kind.about)}});
  }
  json.end_array().end_object();
  common.json || common.jsonl
      ? print_json(json.take())
      : print(
            render(screen(common),
                   {{.title = "code"}, {.title = "level"}, {.title = "about", .takes_rest = true}},
                   std::move(cells)));
  return kDone;
}

std::string diagnosis_json(const Diagnosis& finding) {
  JsonWriter json;
  json.begin_object().key("code").string(finding.kind->code);
  json.key("level").string(gravity_word(finding.kind->level));
  json.key("group").string(finding.kind->group).key("message").string(finding.text);
  json.key("next").string(finding.next).key("detail").string(finding.detail);
  return json.end_object().take();
}

void print_report_json(const DoctorReport& report) {
  JsonWriter json;
  json.begin_object().key("findings").begin_array();
  for (const Diagnosis& finding : report.findings()) json.raw(diagnosis_json(finding));
  json.end_array().key("facts").begin_object();
  for (const auto& [name, value] : report.facts()) json.key(name).raw(value);
  print_json(json.end_object().end_object().take());
}

std::string lines_with(const std::string& text, const std::string& lead) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\n', at), text.size());
    out += lead + visible(text.substr(at, end - at), Lines::Escaped) + "\n";
    at = end + 1;
  }
  return out;
}

std::string finding_text(const Diagnosis& finding, const Screen& out) {
  const Gravity level = finding.kind->level;
  std::string text = fmt::format(
      "  {}  {}", styled(out, diagnosis_style(level), fit(gravity_word(level), 5, Align::Left)),
      visible(finding.text, Lines::Escaped));
  if (level != Gravity::Ok)
    text += "  " + styled(out, Style::Dim, fmt::format("({})", finding.kind->code));
  text += "\n" + lines_with(finding.detail, "         | ");
  if (!finding.next.empty()) text += lines_with(finding.next, "         ");
  return text;
}

/// Returns the most serious finding with a next step (Diagnosis::next), or nullptr.
const Diagnosis* first_to_do(const DoctorReport& report) {
  const Diagnosis* best = nullptr;
  for (const Diagnosis& each : report.findings())
    if (!each.next.empty() && each.kind->level >= Gravity::Warn &&
        (!best || each.kind->level > best->kind->level))
      best = &each;
  return best;
}

std::string summary(const DoctorReport& report) {
  const size_t errors = report.count(Gravity::Error), warnings = report.count(Gravity::Warn);
  if (errors + warnings == 0) return "\nall is well\n";
  std::string text =
      fmt::format("\n{}, {}, {}\n", grouped(errors, "error"), grouped(warnings, "warning"),
                  grouped(report.count(Gravity::Note), "note"));
  if (const Diagnosis* first = first_to_do(report))
    text +=
        "first: " + visible(first->next.substr(0, first->next.find('\n')), Lines::Escaped) + "\n";
  return text;
}

void print_report(const DoctorReport& report, const Screen& out, bool quiet) {
  std::string group, text;
  for (const DiagnosisKind& kind : diagnosis_kinds()) {
    if (kind.group == group) continue;
    group = kind.group;
    std::string inside;
    for (const Diagnosis& each : report.findings())
      if (each.kind->group == group && (!quiet || each.kind->level >= Gravity::Warn))
        inside += finding_text(each, out);
    if (const std::string* table = report.table_of(group); table && !quiet)
      inside += lines_with(*table, "         ");
    if (inside.empty()) continue;
    text += (text.empty() ? "" : "\n") + styled(out, Style::Bold, group) + "\n" + inside;
  }
  print(text + summary(report));
}

int run_doctor(const DoctorOptions& options, const Common& common) {
  if (options.codes) return print_codes(common);
  const std::optional<Millis> wait = parse_duration(options.wait);
  if (!wait)
    return wrong_usage(fmt::format("--wait takes a duration such as 30s, not '{}'", options.wait));
  Patient patient;
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  patient.places = *places;
  patient.binary = self_path();
  patient.quick = options.quick;
  patient.wait = *wait;
  // Switch the log off: the report already has everything that the parts of callgate would log.
  if (!common.verbose) log::set_level(log::Level::Off);
  DoctorReport report(places->home);
  const Screen out = screen(common);
  // This comes first, because it reads the secrets that the report must hide.
  examine_config(patient, report);
  examine_program(patient, report);
  examine_state(patient, report);
  examine_gates(patient, report);
  examine_record(patient, report);
  examine_clients(patient, report);
  examine_servers(patient, out, report);
  examine_rules(patient, report);
  report.put_in_order();
  common.json || common.jsonl ? print_report_json(report) : print_report(report, out, common.quiet);
  return report.count(Gravity::Error) > 0 ? kFailed : kDone;
}

}  // namespace

Run add_doctor(Syntax& syntax) {
  const auto options = std::make_shared<DoctorOptions>();
  syntax.flag("--quick", options->quick, "don't start servers");
  syntax.value("--wait", "LENGTH", options->wait,
               "how long servers may take to start (default 30s)");
  syntax.flag("--codes", options->codes, "list the codes of all possible findings");
  return [options](const Common& common) { return run_doctor(*options, common); };
}

}  // namespace callgate
