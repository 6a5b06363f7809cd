#include "origins.h"

#include <algorithm>
#include <utility>

namespace callgate {

void Origins::pause(const WebUrl& url, Nanos until) {
  Nanos& known = pauses_[url.origin()];
  known = std::max(known, until);
}

Nanos Origins::pause_left(const WebUrl& url, Nanos now) {
  const auto pause = pauses_.find(url.origin());
  if (pause == pauses_.end()) return Nanos{0};
  if (pause->second > now) return pause->second - now;
  pauses_.erase(pause);
  return Nanos{0};
}

void Origins::failed(const WebUrl& url, std::string why, Nanos now) {
  Outage& outage = outages_[url.origin()];
  // Requests that began before the outage say nothing new.
  if (now < outage.until) return;
  outage.why = std::move(why);
  if (++outage.failures < kMostFailures) return;
  Millis wait = kFirstWait;
  for (int more = kMostFailures; more < outage.failures && wait < kLongestWait; ++more) wait *= 2;
  outage.until = now + std::min(wait, kLongestWait);
}

void Origins::answered(const WebUrl& url) {
  if (!outages_.empty()) outages_.erase(url.origin());
}

const Origins::Outage* Origins::outage(const WebUrl& url, Nanos now) const {
  const auto found = outages_.find(url.origin());
  return found != outages_.end() && now < found->second.until ? &found->second : nullptr;
}

}  // namespace callgate
