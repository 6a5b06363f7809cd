// Finds the command that argv names, and runs it.
#pragma once

#include <vector>

#include "syntax.h"

namespace callgate {

/// Returns the process's exit code. If `words` names no command, the command without words runs.
/// Help texts leave out hidden commands.
int run_command_line(const std::vector<Command>& commands, const std::vector<Group>& groups,
                     const std::vector<std::string>& words);

}  // namespace callgate
