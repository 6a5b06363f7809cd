// A thing that an agent looked for and that was not there, or not for it: remembered beyond the
// session, so that the next one need not probe it again. The guard keeps values; whoever owns it
// loads and stores them.
#pragma once

#include <cstdint>
#include <string>

#include "callgate/base/time.h"
#include "callgate/guard/answer.h"

namespace callgate {

/// The key is (agent, server, tool, resource).
struct DeadEnd {
  std::string agent, server, tool;
  std::string resource;  ///< a normalised path, URI or reference, or "call:" and a hash of the call
  AnswerKind kind = AnswerKind::NotFound;  ///< NotFound or Denied
  uint32_t tries = 0, sessions = 0;
  Micros first{}, last{};
  Micros expires{};

  bool operator==(const DeadEnd&) const = default;
};

struct DeadEndChange {
  enum class What : uint8_t { Keep, Forget } what = What::Keep;
  DeadEnd dead_end;  ///< Forget: the key counts, the rest is what was known
};

}  // namespace callgate
