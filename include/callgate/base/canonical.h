// Texts that are equal by Unicode's definition although their bytes differ.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// One form for all texts that are canonically equal: é as one character, or as e and a mark. Made
/// for comparing; two marks on one character in another order count as equal, too. `text` is UTF-8.
std::string canonical(std::string_view text);

}  // namespace callgate
