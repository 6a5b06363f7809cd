#include "table.h"

#include <algorithm>

namespace callgate {

namespace {

constexpr size_t kGap = 2;

struct Layout {
  std::vector<size_t> shown;  ///< indexes of the columns that fit
  std::vector<size_t> width;  ///< by index in the table
};

size_t sum(const Layout& layout) {
  size_t all = layout.shown.empty() ? 0 : kGap * (layout.shown.size() - 1);
  for (const size_t at : layout.shown) all += layout.width[at];
  return all;
}

/// Returns the index in `shown` of the column that must be left out next, or shown.size() if no
/// further column may be left out.
size_t next_to_go(const Layout& layout, const std::vector<Column>& columns) {
  size_t best = layout.shown.size();
  for (size_t i = 0; i < layout.shown.size(); ++i) {
    const int rank = columns[layout.shown[i]].give_up;
    if (rank > 0 && (best == layout.shown.size() || rank > columns[layout.shown[best]].give_up))
      best = i;
  }
  return best;
}

std::vector<size_t> natural_widths(const std::vector<Column>& columns_of,
                                   const std::vector<std::vector<Cell>>& rows) {
  std::vector<size_t> width;
  for (size_t at = 0; at < columns_of.size(); ++at) {
    size_t widest = columns(columns_of[at].title);
    for (const auto& row : rows) widest = std::max(widest, columns(row[at].text));
    const size_t bound = columns_of[at].at_most;
    width.push_back(bound > 0 ? std::min(widest, std::max(bound, columns(columns_of[at].title)))
                              : widest);
  }
  return width;
}

Layout lay_out(const Screen& screen, const std::vector<Column>& columns_of,
               const std::vector<std::vector<Cell>>& rows) {
  Layout layout{{}, natural_widths(columns_of, rows)};
  size_t rest = columns_of.size();
  for (size_t at = 0; at < columns_of.size(); ++at) {
    layout.shown.push_back(at);
    if (columns_of[at].takes_rest) rest = at;
  }
  if (screen.width == 0 || sum(layout) <= screen.width) return layout;
  const size_t wanted = rest < columns_of.size() ? layout.width[rest] : 0;
  if (rest < columns_of.size()) layout.width[rest] = std::min(wanted, columns_of[rest].at_least);
  while (sum(layout) > screen.width) {
    const size_t gone = next_to_go(layout, columns_of);
    if (gone == layout.shown.size()) break;
    layout.shown.erase(layout.shown.begin() + static_cast<std::ptrdiff_t>(gone));
  }
  const size_t used = sum(layout);
  if (rest < columns_of.size() && used < screen.width) {
    layout.width[rest] = std::min(wanted, layout.width[rest] + screen.width - used);
  }
  return layout;
}

}  // namespace

std::string render(const Screen& screen, std::vector<Column> columns_of,
                   std::vector<std::vector<Cell>> rows) {
  const Layout layout = lay_out(screen, columns_of, rows);
  std::vector<Cell> titles;
  for (const Column& column : columns_of) titles.push_back({column.title, Style::Dim, ""});
  rows.insert(rows.begin(), std::move(titles));
  std::string out;
  for (const auto& row : rows) {
    std::string line, blanks;
    for (const size_t at : layout.shown) {
      const std::string text = fit(row[at].text, layout.width[at], columns_of[at].align);
      const size_t end = text.find_last_not_of(' ') + 1;
      if (end > 0) {
        line += blanks + with_matches(screen, row[at].style, std::string_view(text).substr(0, end),
                                      row[at].match);
        blanks.clear();
      }
      blanks += text.substr(end);
      blanks.append(kGap, ' ');
    }
    out += line + "\n";
  }
  return out;
}

}  // namespace callgate
