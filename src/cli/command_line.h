// From argv to the command that runs.
#pragma once

#include <vector>

#include "syntax.h"

namespace callgate {

/// The process's exit code. The command with no words is what runs when none is named; hidden
/// commands are in no help.
int run_command_line(const std::vector<Command>& commands, const std::vector<Group>& groups,
                     const std::vector<std::string>& words);

}  // namespace callgate
