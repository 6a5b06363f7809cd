// The deadlines of all parts of the gate, in order of time.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <tuple>

#include "callgate/base/time.h"

namespace callgate {

struct Deadline {
  enum class Kind : uint8_t {
    Child,
    Request,
    Relist,
    Lists,
    Call,
    Idle,
    Held,
    Listen,
    News,
    RefusedCalls,
    RefusedQuestions,
    Left
  };
  Nanos at{};
  Kind kind{};
  uint64_t owner = 0;   // the number of a child, session, call or server, according to `kind`
  int64_t request = 0;  // for Request: the id of the request; for Relist: the ListKind
  // This is not operator<=>, because the durations of some standard libraries do not have it.
  bool operator<(const Deadline& other) const {
    return std::tie(at, kind, owner, request) <
           std::tie(other.at, other.kind, other.owner, other.request);
  }
};

class Deadlines {
 public:
  void add(const Deadline& deadline) { all_.insert(deadline); }
  void remove(const Deadline& deadline) { all_.erase(deadline); }
  std::optional<Nanos> next() const {
    if (all_.empty()) return std::nullopt;
    return all_.begin()->at;
  }
  /// Removes and returns the earliest deadline that is due.
  std::optional<Deadline> take_due(Nanos now) {
    if (all_.empty() || all_.begin()->at > now) return std::nullopt;
    return all_.extract(all_.begin()).value();
  }

 private:
  std::set<Deadline> all_;
};

}  // namespace callgate
