// Finds the command that argv names, and runs it.
#pragma once

#include <vector>

#include "syntax.h"

namespace callgate {

/// Runs the command that `words` (argv without the program's name) name, and returns the exit code
/// of the process. If they name no command, runs the one whose Command::words is "". Help texts
/// leave out hidden commands.
int run_command_line(const std::vector<Command>& commands, const std::vector<Group>& groups,
                     const std::vector<std::string>& words);

}  // namespace callgate
