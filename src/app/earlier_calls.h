// Finds out from the record how the calls of a gate process have ended that died before it could
// answer them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "callgate/io/loop.h"
#include "session_journal.h"

namespace callgate {

struct EarlierCall {
  /// NotBegun: the record has no row of the call, so no server has got it if calls are recorded
  /// first. Begun: the record has one, or could not be read.
  enum class State { NotBegun, Begun } state = State::Begun;
  /// The kind of call can't change anything, for example resources/read.
  bool only_reads = false;
  std::string answer;  ///< for Begun: what the client gets, with its id
  int error = 0;       ///< the JSON-RPC code if the answer is an error, otherwise 0
};

/// What the client gets if nobody knows whether its call was carried out.
EarlierCall unknown_outcome(const SessionRemains::Request& request);

/// Looks up the call of each request in the record, on another thread. `modern`: the client speaks
/// the modern era. `done` is called on the loop, after five seconds at most, and gets one
/// EarlierCall for each request.
void find_earlier_calls(Loop& loop, const std::string& record,
                        std::vector<SessionRemains::Request> requests, bool modern,
                        std::function<void(std::vector<EarlierCall>)> done);

}  // namespace callgate
