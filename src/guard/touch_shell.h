// What a line for a shell names: the operands of its commands, and the files of its redirections.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/record/touch.h"

namespace callgate {

/// Where a command runs, by the `cd` commands before it.
struct ShellFolder {
  std::string path;   ///< from where the line begins; empty: there
  bool known = true;  ///< false: a `cd` led to a place that the line does not tell
};

using ShellSink = std::function<void(std::string_view word, TouchOp op, const ShellFolder& folder)>;

/// Simple commands between pipes, `&&`, `||`, `;`, `&` and line ends. A word that a variable or a
/// pattern makes says nothing, and neither do the other words of its command; its redirections do.
/// Nothing at all if the line has substitutions, groups or functions, or more than 8,192 bytes.
void for_each_in_shell(std::string_view line, const ShellSink& visit);

/// The line in `sh -c LINE`, of words; empty: these are no such words.
std::string_view shell_line_in(const std::vector<std::string_view>& words);

}  // namespace callgate
