// Guesses about a line that is not a valid message. They are good enough to end a request that
// waits for it, but never good enough to use its content.
#pragma once

#include <algorithm>
#include <string_view>

namespace callgate {

/// True if the line has a result or an error before any method, so it was probably an answer.
inline bool looks_like_answer(std::string_view line) {
  const size_t method = line.find("\"method\"");
  return std::min(line.find("\"result\""), line.find("\"error\"")) < method;
}

}  // namespace callgate
