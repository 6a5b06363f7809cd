// Compares texts that are equal by Unicode's definition although their bytes differ.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// Returns the same text for all texts that are canonically equal, for example for é as one
/// character and for é as an e and a mark. Use the result only to compare texts. The order of
/// several marks on one character does not matter. `text` must be UTF-8.
std::string canonical(std::string_view text);

}  // namespace callgate
