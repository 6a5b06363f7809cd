// What can still be told of a line that is no valid message: enough that nobody waits for it, never
// enough to trust it.
#pragma once

#include <algorithm>
#include <string_view>

namespace callgate {

/// A result or an error stands in it before any method: it was meant as an answer.
inline bool looks_like_answer(std::string_view line) {
  const size_t method = line.find("\"method\"");
  return std::min(line.find("\"result\""), line.find("\"error\"")) < method;
}

}  // namespace callgate
