// Looking things up in main's table.
#pragma once

#include "syntax.h"

namespace callgate {

class Finder {
 public:
  Finder(const std::vector<Command>& commands, const std::vector<Group>& groups)
      : commands_(commands), groups_(groups) {}

  const Command* command(std::string_view path) const;
  const Group* group(std::string_view path) const;
  /// What a group's word alone means.
  const Command* first_of(std::string_view word) const;
  /// What may stand behind `path`, each once.
  std::vector<std::string> words_behind(std::string_view path) const;

 private:
  const std::vector<Command>& commands_;
  const std::vector<Group>& groups_;
};

/// "-n" and "--lines", but not "-", which is a word.
bool is_option(std::string_view word);

}  // namespace callgate
