// Finds shell text inside a text that looks like a secret. An agent may disguise a command as a
// password, so that the record would not show the command. But the reader of the record must see
// it.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// Returns the part of the secret that has a special meaning in a shell. Returns "" if a shell
/// would take the whole secret as one word. Signs such as `$(…)` and `${…}` do not occur in a
/// password by chance: if the secret has them, returns everything from the first special sign on.
/// Single special signs may occur in a real password: if the secret has only these, returns only
/// the signs. `never_in_secret` is for shapes whose secrets never have special signs: then
/// everything from the first special sign on is returned.
std::string shell_text(std::string_view secret, bool never_in_secret);
/// Shortens the text to about 1 KiB: keeps its beginning and its end.
std::string clipped_shell_text(const std::string& text);

}  // namespace callgate
