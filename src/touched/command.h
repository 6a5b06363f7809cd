// Finds the operands of a command that can only be files or addresses.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "callgate/record/data_item.h"

namespace callgate {

/// Called with each operand, as it is written.
using OperandSink = std::function<void(std::string_view word, DataOp op)>;

/// Visits the operands of commands that take files (cat, ls, cp …) or addresses (curl, wget, git
/// clone). Visits nothing for other commands, or if an unknown option makes it unclear whether the
/// next word is an operand.
void for_each_operand(const std::vector<std::string_view>& words, const OperandSink& visit);

}  // namespace callgate
