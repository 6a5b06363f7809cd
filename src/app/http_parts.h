// What the endpoints of one HTTP server share.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

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

/// What the kinds of session have in common. Opens its session at the gate when built; its kind
/// ends that. Loop's thread.
class HttpSession : public ClientLink, public ExchangeOwner {
 public:
  ~HttpSession() override { --parts_.sessions; }
  HttpSession(const HttpSession&) = delete;

  const Principal& principal() const { return principal_; }
  Nanos last_used() const { return last_used_; }
  void dismiss(const std::string&) override {
    dismissed_ = true;
    parts_.dismissed();
  }
  bool dismissed() const { return dismissed_; }

 protected:
  /// `opener`: with the request that it begins with.
  HttpSession(HttpParts& parts, const HttpConnection& opener)
      : parts_(parts), principal_(opener.principal) {
    ++parts_.sessions;
    session_ = parts_.gateway.open_session(*this, {.process = {},
                                                   .peer = opener.peer,
                                                   .profile = principal_.profile,
                                                   .token = principal_.name});
    used();
  }
  void used() { last_used_ = parts_.loop.now().monotonic; }

  HttpParts& parts_;
  const Principal principal_;
  SessionNumber session_ = 0;
  bool ended_ = false;

 private:
  Nanos last_used_{};
  bool dismissed_ = false;
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
