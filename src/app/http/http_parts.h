// Data and base class of all HTTP sessions of one server.
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "callgate/app/client_entrance.h"
#include "callgate/wire/sse.h"
#include "http_connection.h"

namespace callgate {

constexpr std::string_view kJsonType = "application/json";
/// If a request has no answer after this time, we begin a stream. The stream shows the client that
/// the request is in progress. If a write to the stream fails, we know that the client has gone.
/// Once the stream has begun, the HTTP status of the answer can only be 200.
constexpr Nanos kLongWait = std::chrono::seconds(15);
constexpr size_t kAllReplays = size_t{256} << 20;

struct HttpParts {
  Loop& loop;
  ClientEntrance& gate;
  const Limits& limits;
  Exchange last_exchange = 0;
  size_t sessions = 0;  ///< number of sessions of all three kinds (legacy, modern, SSE)
  /// A session calls this when the gate has dismissed it. The HttpServer ends the session in the
  /// next turn of the loop.
  std::function<void()> dismissed;

  /// Returns how many events one session may keep for clients that resume a stream. All sessions
  /// together keep at most 256 MiB, so the more sessions there are, the less each of them may keep.
  EventLog::Bounds replay_bounds() const {
    constexpr size_t kMost = size_t{4} << 20;
    return {.events = 1000, .bytes = std::min(kMost, kAllReplays / std::max<size_t>(sessions, 1))};
  }
};

/// What all kinds of HTTP session have in common. The constructor opens the session at the gate,
/// and the derived class ends it. Used on the loop's thread.
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
  /// `opener` is the connection on which the client's first request arrived.
  HttpSession(HttpParts& parts, const HttpConnection& opener)
      : parts_(parts), principal_(opener.principal) {
    ++parts_.sessions;
    session_ = parts_.gate.open_session(*this, {.process = {},
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

/// A POST that contains one or several requests. It exists until all of them are answered.
struct OpenPost {
  HttpConnection* connection = nullptr;  ///< null if the connection has closed
  std::string id;                        ///< the JSON text of its request's id; empty for a batch
  size_t answers = 0;                    ///< number of answers that are still to come
  bool events = false;                   ///< true if the answer is a stream of events
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
