// Why an answer or a setting cannot be used, with the rule that it breaks.
#pragma once

#include <string>
#include <variant>

namespace callgate {

struct Breach {
  std::string code;     // see SignInError::error
  std::string message;  // as in Error
  std::string rule;     // the section of the specification; may be empty
  std::string next;     // as in Error; empty for the command that signs in
};

/// The next step if no setting of ours can help.
inline constexpr const char* kServerMustCorrect =
    "tell the server's operator, because only the server can correct this";

/// A value, or why there is none.
template <class T>
using Judged = std::variant<T, Breach>;

}  // namespace callgate
