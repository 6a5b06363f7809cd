// What the endpoints of one HTTP server share.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>

#include "callgate/app/gateway.h"
#include "callgate/wire/sse.h"
#include "http_connection.h"

namespace callgate {

constexpr std::string_view kJsonType = "application/json";
/// When an answer is waited for so long, a stream is begun, so that the client sees that somebody
/// is at work and we see when it goes; its status can only be 200 then.
constexpr Nanos kLongWait = std::chrono::seconds(15);
constexpr size_t kAllReplays = size_t{256} << 20;

struct HttpParts {
  Loop& loop;
  Gateway& gateway;
  const Limits& limits;
  Exchange last_exchange = 0;
  size_t sessions = 0;  ///< of all kinds
  /// Some session is not wanted any more; it ends on the next turn.
  std::function<void()> dismissed;

  /// What one session may keep for streams that break: the fewer sessions, the more, 256 MiB in all
  /// at most.
  EventLog::Bounds replay_bounds() const {
    constexpr size_t kMost = size_t{4} << 20;
    return {.events = 1000, .bytes = std::min(kMost, kAllReplays / std::max<size_t>(sessions, 1))};
  }
};

/// A POST that holds requests, until all of them are answered.
struct OpenPost {
  HttpConnection* connection = nullptr;  ///< null: gone
  std::string id;                        ///< JSON text of its (first) request's
  size_t answers = 0;                    ///< still to come
  bool events = false;                   ///< a stream was begun
  bool initialize = false;
};

template <class Sessions, class Condition>
void end_where(Sessions& sessions, const HttpFault& fault, Condition condition) {
  for (auto it = sessions.begin(); it != sessions.end();) {
    if (condition(*it->second)) {
      it->second->end(fault);
      it = sessions.erase(it);
    } else {
      ++it;
    }
  }
}

}  // namespace callgate
