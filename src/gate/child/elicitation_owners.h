// Which session got which elicitation of a child, so that only this session is notified when the
// elicitation is complete.
#pragma once

#include <deque>
#include <string>
#include <unordered_map>

#include "callgate/record/events.h"

namespace callgate {

class ElicitationOwners {
 public:
  static constexpr size_t kRemembered = 1000;  ///< the oldest elicitations are forgotten
  static constexpr size_t kLongestId = 1024;   ///< bytes; a longer id is not remembered

  void add(const std::string& elicitation, SessionNumber session) {
    if (elicitation.size() > kLongestId) return;
    if (!sessions_.insert_or_assign(elicitation, session).second) return;
    order_.push_back(elicitation);
    if (order_.size() <= kRemembered) return;
    sessions_.erase(order_.front());
    order_.pop_front();
  }
  /// Returns the session, or 0. Only elicitations of legacy clients are remembered. A modern client
  /// does not need the notification, because it sends its request again without one.
  SessionNumber of(const std::string& elicitation) const {
    const auto found = sessions_.find(elicitation);
    return found == sessions_.end() ? 0 : found->second;
  }

 private:
  std::unordered_map<std::string, SessionNumber> sessions_;
  std::deque<std::string> order_;
};

}  // namespace callgate
