// The sessions that use a child, and the calls for which they use it.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <unordered_map>

#include "callgate/record/events.h"

namespace callgate {

class ChildUsers {
 public:
  /// Sessions that share the child have the same `key`. A child that is not shared has one session.
  void add(SessionNumber session, const std::string& key, bool shared) {
    sessions_.insert(session);
    key_ = key;
    shared_ = shared;
  }
  /// Returns false if the session does not use the child.
  bool remove(SessionNumber session) {
    if (!has_calls_of(session)) calls_by_.erase(session);
    return sessions_.erase(session) > 0;
  }
  void remove_all() { sessions_.clear(); }
  bool contains(SessionNumber session) const { return sessions_.contains(session); }
  bool empty() const { return sessions_.empty(); }
  const std::set<SessionNumber>& sessions() const { return sessions_; }
  bool shared() const { return shared_; }
  const std::string& key() const { return key_; }

  /// A call of the session is at the child or will be sent to it; see ChildUse.
  void begin_call(SessionNumber session) {
    ++calls_;
    ++calls_by_[session];
  }
  void end_call(SessionNumber session) {
    --calls_;
    // A call can outlive its session; see LeftCall.
    if (--calls_by_[session] == 0 && !sessions_.contains(session)) calls_by_.erase(session);
  }
  bool has_calls() const { return calls_ > 0; }
  bool has_calls_of(SessionNumber session) const {
    const auto found = calls_by_.find(session);
    return found != calls_by_.end() && found->second > 0;
  }

 private:
  std::set<SessionNumber> sessions_;
  std::string key_;
  bool shared_ = false;
  size_t calls_ = 0;
  std::unordered_map<SessionNumber, size_t> calls_by_;
};

}  // namespace callgate
