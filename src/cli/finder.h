// Looks up commands and groups in main's table.
#pragma once

#include "syntax.h"

namespace callgate {

class Finder {
 public:
  Finder(const std::vector<Command>& commands, const std::vector<Group>& groups)
      : commands_(commands), groups_(groups) {}

  const Command* command(std::string_view path) const;
  const Group* group(std::string_view path) const;
  /// Returns the first command of a group, which the group's word alone runs.
  const Command* first_of(std::string_view word) const;
  /// Returns the words that may follow `path`, without duplicates.
  std::vector<std::string> words_behind(std::string_view path) const;

 private:
  const std::vector<Command>& commands_;
  const std::vector<Group>& groups_;
};

/// "-n" and "--lines", but not "-", which is a word.
bool is_option(std::string_view word);

}  // namespace callgate
