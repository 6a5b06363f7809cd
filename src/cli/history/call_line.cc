#include "call_line.h"

#include <fmt/core.h>

#include <algorithm>

#include "callgate/base/ascii.h"
#include "cli/text/table.h"
#include "cli/text/time_text.h"

namespace callgate {

namespace {

constexpr size_t kPreviewColumns = 1000;  // width of the preview if the screen has no width
constexpr size_t kLongestValue = 4096;    // at most this many bytes of one argument are shown
// Lines show the time for which a call waited for a person only if this time is longer than
// kWorthSaying.
constexpr Nanos kWorthSaying = std::chrono::seconds(1);

bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

/// Returns the match of `size` bytes at offset `at`, with some text before and after the match.
/// Does not cut within a character.
std::string around(std::string_view text, size_t at, size_t size) {
  constexpr size_t kBefore = 8, kBehind = 200;
  size_t begin = at > kBefore ? at - kBefore : 0;
  while (begin < at && continues(text[begin])) ++begin;
  size_t end = std::min(at + size + kBehind, text.size());
  while (end < text.size() && continues(text[end])) ++end;
  return (begin > 0 ? "…" : "") + visible(text.substr(begin, end - begin), Lines::Escaped);
}

/// Returns the text around the first match of `grep`, and in front of it the place of the match
/// ("result: ", "error: " …).
std::string match_text(const CallRow& row, const std::string& grep) {
  const LateAnswerRow late = row.late.value_or(LateAnswerRow());
  const std::pair<const char*, const std::string*> places[] = {{"", &row.args},
                                                               {"result: ", &row.result},
                                                               {"error: ", &row.error},
                                                               {"late result: ", &late.result},
                                                               {"late error: ", &late.error}};
  for (const auto& [where, text] : places) {
    const size_t at = find_ignoring_case(*text, grep);
    if (at != std::string_view::npos) return where + around(*text, at, grep.size());
  }
  return "";
}

/// Returns "SERVER.TOOL", or only the tool's name (for a resource, its URI) if the call has no
/// server. A server with several accounts is written as SERVER@ACCOUNT.
std::string target(const CallRow& row) {
  const std::string& tool = row.tool.empty() ? row.exposed : row.tool;
  if (row.server.empty()) return visible(tool, Lines::Escaped);
  const std::string account = row.account.empty() ? "" : "@" + row.account;
  return visible(row.server + account + "." + tool, Lines::Escaped);
}

std::string flags(const CallRow& row) {
  std::string out;
  if (row.masked > 0) out += fmt::format("~{}", row.masked);
  if (row.decision == Permission::Ask) out += "?";
  if (row.late) out += out.empty() ? "late" : " late";
  return out;
}

std::string client_of(const CallRow& row) {
  return row.client_name.empty() ? "-" : visible(row.client_name, Lines::Escaped);
}

// Returns how long the call took, without the time for which it waited for a person.
std::string took(const CallRow& row) {
  return row.outcome == Outcome::Pending ? "-" : duration_text(row.duration - row.waited);
}

std::string waiting(const CallRow& row) {
  return row.waited < kWorthSaying ? "" : fmt::format(" + {} waiting", duration_text(row.waited));
}

}  // namespace

std::string preview(JsonReader& reader, std::string_view args, size_t width) {
  const MessagePtr message = reader.read(args);
  if (!message || !message->root().is_object()) return cut(visible(args, Lines::Escaped), width);
  std::string out;
  for (const Value member : message->root()) {
    if (!out.empty()) out += ' ';
    out += member.key() + "=";
    std::string value = member.is_string() ? member.text() : compact(member);
    if (value.size() > kLongestValue) value.resize(kLongestValue);
    const bool quoted =
        member.is_string() && (value.empty() || value.find_first_of(" =\"") != std::string::npos);
    out += quoted ? '"' + value + '"' : value;
    if (width > 0 && out.size() > 4 * width) break;
  }
  return cut(visible(out, Lines::Escaped), width);
}

std::string outcome_text(Outcome outcome) {
  switch (outcome) {
    case Outcome::Ok:
      return "✓ ok";
    case Outcome::ToolError:
      return "✗ tool error";
    case Outcome::RpcError:
      return "✗ rpc error";
    case Outcome::Denied:
      return "⊘ denied";
    case Outcome::Timeout:
      return "✗ timeout";
    case Outcome::Cancelled:
      return "- cancelled";
    case Outcome::Lost:
      return "? lost";
    case Outcome::Pending:
      return "… pending";
    case Outcome::Repeated:
      return "= repeated";
  }
  return "";
}

Style outcome_style(Outcome outcome) {
  switch (outcome) {
    case Outcome::Ok:
      return Style::Green;
    case Outcome::ToolError:
    case Outcome::RpcError:
    case Outcome::Timeout:
      return Style::Red;
    case Outcome::Denied:
      return Style::Yellow;
    case Outcome::Cancelled:
    case Outcome::Lost:
    case Outcome::Repeated:
      return Style::Dim;
    case Outcome::Pending:
      return Style::Cyan;
  }
  return Style::Plain;
}

std::string call_table(const Screen& screen, const std::vector<CallRow>& rows, Micros now,
                       const std::string& grep) {
  JsonReader reader;
  const size_t room = screen.width > 0 ? screen.width : kPreviewColumns;
  std::vector<std::vector<Cell>> cells;
  for (const CallRow& row : rows) {
    const std::string shown =
        grep.empty() ? preview(reader, row.args, room) : cut(match_text(row, grep), room);
    cells.push_back({{row.id, Style::Bold},
                     {ago(row.at, now), Style::Dim},
                     {client_of(row)},
                     {target(row), Style::Cyan},
                     {shown, Style::Plain, grep},
                     {outcome_text(row.outcome), outcome_style(row.outcome)},
                     {took(row) + waiting(row)},
                     {bytes_text(row.result_bytes), Style::Dim},
                     {flags(row), Style::Yellow}});
  }
  const std::vector<Column> columns_of = {
      {.title = "id"},
      {.title = "when", .align = Align::Right},
      {.title = "client", .at_most = 16, .give_up = 3},
      {.title = "server.tool", .at_most = screen.width > 120 ? size_t{40} : 26},
      {.title = "arguments", .takes_rest = true, .at_least = grep.empty() ? size_t{20} : 30},
      {.title = "outcome"},
      {.title = "took", .align = Align::Right, .give_up = 2},
      {.title = "size", .align = Align::Right, .give_up = 4},
      {.title = "", .give_up = 1}};
  return render(screen, columns_of, std::move(cells));
}

namespace {

/// What a line shows besides the call's id, client and arguments.
struct LineParts {
  Micros at{};
  Outcome outcome{};
  std::string took, name;
};

std::string line_of(const Screen& screen, const CallRow& row, const LineParts& parts,
                    JsonReader& reader) {
  const std::string time = local_time(parts.at).substr(11, 8);
  std::string line =
      fmt::format("{} {}  {}  {} {}  ", styled(screen, Style::Bold, fit(row.id, 6, Align::Left)),
                  styled(screen, Style::Dim, time), fit(client_of(row), 12, Align::Left),
                  styled(screen, outcome_style(parts.outcome),
                         fit(outcome_text(parts.outcome), 12, Align::Left)),
                  fit(parts.took, 7, Align::Right));
  const size_t used = 6 + 1 + 8 + 2 + 12 + 2 + 12 + 1 + 7 + 2;
  const size_t room = screen.width == 0          ? kPreviewColumns
                      : screen.width > used + 10 ? screen.width - used
                                                 : 10;
  const std::string shown = cut(parts.name, room);
  const size_t name_width = columns(shown) + 2;
  line += styled(screen, Style::Cyan, shown);
  if (room > name_width + 4) line += "  " + preview(reader, row.args, room - name_width);
  return line + "\n";
}

}  // namespace

std::string call_line(const Screen& screen, const CallRow& row, JsonReader& reader) {
  return line_of(screen, row, {row.at, row.outcome, took(row), target(row) + waiting(row)}, reader);
}

std::string late_answer_line(const Screen& screen, const CallRow& row, JsonReader& reader) {
  const LateAnswerRow& late = *row.late;
  const std::string since = duration_text(std::max(late.at - row.at, Micros{}));
  return line_of(screen, row, {late.at, late.outcome, since, target(row) + " (late answer)"},
                 reader);
}

}  // namespace callgate
