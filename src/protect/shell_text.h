// Finds shell text inside of what looks like a secret. A password may be a command in disguise, and
// the reader of the record must see that.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// Returns "" if a shell would take the secret as one word. `$(…)`, `${…}` and the like do not
/// occur in a password by chance: then the result is everything from the first sign on. Single
/// signs may occur in a real password: then the result is only the signs, unless `never_in_secret`
/// is true, for shapes that have no such signs.
std::string shell_text(std::string_view secret, bool never_in_secret);
/// Shortens the text to about 1 KiB: its head and its tail.
std::string clipped_shell_text(const std::string& text);

}  // namespace callgate
