// Finds shell text inside a text that looks like a secret. A command may be disguised as a password
// to hide it from the record, and the reader of the record must see it.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// Returns "" if a shell would take the secret as one word. If it has `$(…)`, `${…}` and the like,
/// which do not occur in a password by chance, returns everything from the first special sign on.
/// If it only has single signs that are special in a shell, which may occur in a real password,
/// returns only these signs. Set `never_in_secret` for shapes whose secrets never have such signs;
/// then everything from the first sign on is returned.
std::string shell_text(std::string_view secret, bool never_in_secret);
/// Shortens the text to about 1 KiB: its head and its tail.
std::string clipped_shell_text(const std::string& text);

}  // namespace callgate
