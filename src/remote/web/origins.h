// What the requests of all sessions of a gate process know of the origins to which they go: which
// of them asked for a pause, and which of them are down.
#pragma once

#include <map>
#include <string>

#include "callgate/base/time.h"
#include "url.h"

namespace callgate {

class Origins {
 public:
  /// After so many requests in a row that failed in the end, an origin counts as down.
  static constexpr int kMostFailures = 5;
  /// How long the first requests to an origin that is down fail at once. The time doubles with each
  /// failure that follows.
  static constexpr Millis kFirstWait{500}, kLongestWait{30'000};

  struct Outage {
    int failures = 0;  ///< in a row
    std::string why;   ///< what the last one was, as a sentence without a period
    Nanos until{};     ///< requests fail at once until then
  };

  /// True if nothing is known of any origin, so that the other functions need not be called.
  bool empty() const { return pauses_.empty() && outages_.empty(); }

  /// The origin wants no requests until then.
  void pause(const WebUrl& url, Nanos until);
  /// Returns how long the origin still wants no requests; 0 if it has no pause.
  Nanos pause_left(const WebUrl& url, Nanos now);

  /// A request could not reach the origin, or was answered by something in front of it.
  void failed(const WebUrl& url, std::string why, Nanos now);
  /// The origin has answered a request, so it is not down.
  void answered(const WebUrl& url);
  /// Returns the outage if a request would fail at once; otherwise null. The pointer is valid until
  /// the next call of failed() or answered().
  const Outage* outage(const WebUrl& url, Nanos now) const;

 private:
  std::map<std::string, Nanos> pauses_;  // until when
  std::map<std::string, Outage> outages_;
};

}  // namespace callgate
