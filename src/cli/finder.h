// Looks up commands and groups in the table of main.cc.
#pragma once

#include "syntax.h"

namespace callgate {

class Finder {
 public:
  Finder(const std::vector<Command>& commands, const std::vector<Group>& groups)
      : commands_(commands), groups_(groups) {}

  const Command* command(std::string_view path) const;
  const Group* group(std::string_view path) const;
  /// Returns the first command of the group `word`. `callgate WORD` without a second word runs this
  /// command.
  const Command* first_of(std::string_view word) const;
  /// Returns the words that may follow `path` (such as "history") in a command's name, each once.
  std::vector<std::string> words_after(std::string_view path) const;

 private:
  const std::vector<Command>& commands_;
  const std::vector<Group>& groups_;
};

/// Returns true for "-n" and "--lines". Returns false for "-", which commands take as a value.
bool is_option(std::string_view word);

}  // namespace callgate
