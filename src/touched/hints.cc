#include "hints.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <utility>

#include "callgate/base/data_lines.h"
#include "callgate/base/name_words.h"
#include "hints_text.h"

namespace callgate {

namespace {

struct Entry {
  std::string_view name;
  Named named;
};

constexpr std::pair<std::string_view, Hint> kMeanings[] = {
    {"none", Hint::None},
    {"content", Hint::Content},
    {"data", Hint::Data},
    {"path", Hint::Path},
    {"base", Hint::Base},
    {"source", Hint::Source},
    {"destination", Hint::Destination},
    {"output", Hint::Output},
    {"uri", Hint::Uri},
    {"url", Hint::Url},
    {"host", Hint::Host},
    {"repo", Hint::Repo},
    {"owner", Hint::Owner},
    {"project", Hint::Project},
    {"table", Hint::Table},
    {"schema", Hint::Schema},
    {"database", Hint::Database},
    {"collection", Hint::Collection},
    {"query", Hint::Query},
    {"sql", Hint::Sql},
    {"command", Hint::Command},
    {"arguments", Hint::Arguments},
    {"issue", Hint::Issue},
    {"issue_number", Hint::IssueNumber},
    {"number", Hint::Number},
    {"reference", Hint::Reference},
};

/// Reads a line of hints.txt.
constexpr Entry entry_of(std::string_view line) {
  Entry entry{.name = take_until(line, ' '), .named = {}};
  entry.named.hint = value_of(kMeanings, take_until(line, ' '));
  while (!line.empty()) {
    std::string_view word = take_until(line, ' ');
    if (word == "sure") {
      entry.named.sure = true;
    } else if (word == "folder") {
      entry.named.folder = true;
    } else {
      std::abort();
    }
  }
  return entry;
}

template <size_t size>
constexpr auto entries_of(std::string_view section) {
  return table_of<size>(kHintsText, section, entry_of);
}
constexpr auto kHintNames = entries_of<count_lines(kHintsText, "names")>("names");
constexpr auto kLastWords = entries_of<count_lines(kHintsText, "last words")>("last words");

constexpr size_t longest_name() {
  size_t longest = 0;
  for (const Entry& entry : kHintNames) longest = std::max(longest, entry.name.size());
  return longest;
}

template <size_t size>
constexpr bool is_sorted(const std::array<Entry, size>& entries) {
  for (size_t i = 1; i < size; ++i)
    if (!(entries[i - 1].name < entries[i].name)) return false;
  return size > 10;
}
static_assert(is_sorted(kHintNames) && is_sorted(kLastWords));

template <size_t size>
const Entry* look_up(const std::array<Entry, size>& entries, std::string_view name) {
  const auto found = std::lower_bound(
      entries.begin(), entries.end(), name,
      [](const Entry& entry, std::string_view wanted) { return entry.name < wanted; });
  return found != entries.end() && found->name == name ? &*found : nullptr;
}

}  // namespace

Named named(std::string_view key) {
  const FoldedName folded = folded_name(key);
  const std::string_view name = folded.text();
  if (name.size() <= longest_name())
    if (const Entry* entry = look_up(kHintNames, name)) return entry->named;
  if (folded.last_word > 0)
    if (const Entry* entry = look_up(kLastWords, name.substr(folded.last_word)))
      return entry->named;
  return {};
}

Named named(Value member) {
  return member.node().key_escaped ? named(member.key()) : named(member.raw_key());
}

}  // namespace callgate
