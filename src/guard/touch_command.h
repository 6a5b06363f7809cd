// What one command names: its operands, where they can only be files or addresses.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "callgate/record/touch.h"

namespace callgate {

/// One of a command's operands, as it stands there.
using OperandSink = std::function<void(std::string_view word, TouchOp op)>;

/// Commands whose operands are files (cat, ls, cp …), or addresses (curl, wget, git clone). Nothing
/// for others, and nothing if an option may take the next word.
void for_each_operand(const std::vector<std::string_view>& words, const OperandSink& visit);

}  // namespace callgate
