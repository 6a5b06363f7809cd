#include "finder.h"

namespace callgate {

const Command* Finder::command(std::string_view path) const {
  for (const Command& each : commands_) {
    if (each.words == path) return &each;
  }
  return nullptr;
}

const Group* Finder::group(std::string_view path) const {
  for (const Group& each : groups_) {
    if (each.word == path) return &each;
  }
  return nullptr;
}

const Command* Finder::first_of(std::string_view word) const {
  for (const Command& each : commands_) {
    if (each.words.substr(0, each.words.find(' ')) == word) return &each;
  }
  return nullptr;
}

std::vector<std::string> Finder::words_after(std::string_view path) const {
  std::vector<std::string> words;
  for (const Command& each : commands_) {
    if (each.hidden) continue;
    const size_t blank = each.words.find(' ');
    const bool inside = blank != std::string_view::npos && each.words.substr(0, blank) == path;
    const std::string_view word = path.empty() ? each.words.substr(0, blank)
                                  : inside     ? each.words.substr(blank + 1)
                                               : std::string_view();
    if (!word.empty() && (words.empty() || words.back() != word)) words.emplace_back(word);
  }
  return words;
}

bool is_option(std::string_view word) { return word.size() > 1 && word[0] == '-'; }

}  // namespace callgate
