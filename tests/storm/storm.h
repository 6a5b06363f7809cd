// One message a step: what the gate makes of it is read by the reference peer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "arena.h"

namespace storm {

struct Sample {
  std::string tool, arguments, result;  ///< a call as real servers have it, in JSON
};

/// Counts of one direction.
struct Figures {
  size_t messages = 0, forwarded = 0, calls = 0, refused = 0;
};

/// The client writes something odd.
std::optional<Fault> step_to_server(Arena& arena, const std::vector<Sample>& samples,
                                    Random& random, Figures& figures);
/// A server writes something odd.
std::optional<Fault> step_to_client(Arena& arena, const std::vector<Sample>& samples,
                                    Random& random, Figures& figures);

/// Real messages pass as they are; returns how many were refused or changed.
int run_honest(const std::string& folder);

}  // namespace storm
