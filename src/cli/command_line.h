// Finds the command that argv names, and runs it.
#pragma once

#include <vector>

#include "syntax.h"

namespace callgate {

/// Runs a command and returns the exit code of the process. `words` are argv without the program's
/// name, and name the command. If no word names a command, runs the command whose Command::words is
/// "". Help texts leave out hidden commands.
int run_command_line(const std::vector<Command>& commands, const std::vector<Group>& groups,
                     const std::vector<std::string>& words);

}  // namespace callgate
