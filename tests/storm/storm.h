// Each step sends one message, and the reference peer reads what the gate forwards.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arena.h"

namespace storm {

struct Sample {
  std::string tool, arguments, result;  ///< a call of a real server, in JSON
};

/// Counts of one direction.
struct Figures {
  size_t messages = 0, forwarded = 0, calls = 0, refused = 0;
};

/// The client sends an unusual message.
std::optional<Fault> step_to_server(Arena& arena, const std::vector<Sample>& samples,
                                    Random& random, Figures& figures);
/// A server sends an unusual message.
std::optional<Fault> step_to_client(Arena& arena, const std::vector<Sample>& samples,
                                    Random& random, Figures& figures);

/// Sends real messages, which must pass unchanged. Returns how many were refused or changed.
int run_honest(const std::string& folder);

}  // namespace storm
