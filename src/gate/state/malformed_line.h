// Guesses what a line that is not a valid message was meant to be. The gate uses the guess to end
// the request that waits for this line, but never uses the content of the line.
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
