// Shell text inside of what looks like a secret: a password may be a command in disguise, and
// whoever reads the record must see that.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// Empty for what a shell would take as one word. `$(…)`, `${…}` and the like are in no password by
/// chance: then all from the first sign on. Single signs may be in a real password: then the signs
/// alone, unless `never_in_secret`, for shapes that have none.
std::string shell_text(std::string_view secret, bool never_in_secret);
/// At most about 1 KiB: head and tail.
std::string clipped_shell_text(const std::string& text);

}  // namespace callgate
