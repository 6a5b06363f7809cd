// Finds what a shell's command line names: the operands of its commands, and the files of its
// redirections.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/record/data_item.h"

namespace callgate {

/// The folder in which a command runs, as the `cd` commands before it show.
struct ShellFolder {
  /// The folder's path: absolute, or relative to the folder in which the line starts; empty for
  /// that folder itself.
  std::string path;
  bool known = true;  ///< false after a `cd` to a folder that the line does not show
};

using ShellSink = std::function<void(std::string_view word, DataOp op, const ShellFolder& folder)>;

/// Visits the operands of simple commands between pipes, `&&`, `||`, `;`, `&` and line ends. If a
/// word has a variable or a pattern, no word of its command is visited, but the files of its
/// redirections are. Visits nothing if the line has substitutions, groups or functions, or more
/// than 8,192 bytes.
void for_each_in_shell(std::string_view line, const ShellSink& visit);

/// Returns the line in the words of `sh -c LINE`; empty if the words are something else.
std::string_view shell_line_in(const std::vector<std::string_view>& words);

}  // namespace callgate
