// The HTTP server of a gate. Accepts connections, decides which requests are admitted, and finds or
// creates the session that answers a request.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "callgate/app/tokens.h"
#include "callgate/io/lifetime.h"
#include "callgate/io/listener.h"
#include "callgate/protocol/modern.h"
#include "http_legacy.h"
#include "http_modern.h"
#include "http_sse.h"

namespace callgate {

struct HttpServerOptions {
  Limits limits;
  HttpHosts hosts;
  std::string run_id;        ///< requests of this gate process itself have it in kRunField
  Tokens* tokens = nullptr;  ///< null if no token is required; must outlive the server
};

/// Used on the loop's thread.
class HttpServer final : public ConnectionHost {
 public:
  HttpServer(Loop& loop, ClientEntrance& gate, HttpServerOptions options);
  ~HttpServer() override;

  void serve(std::unique_ptr<Listener> listener);
  /// Accepts no more connections, ends every session, and answers all open requests with an error.
  /// Each connection closes once its output is written.
  void end();
  bool all_closed() const { return connections_.empty(); }

  std::optional<HttpFault> admit(HttpConnection& connection) override;
  void request(HttpConnection& connection, std::string body) override;
  void waits() override;
  void crowded() override;
  void flooded() override;
  void closed(HttpConnection& connection) override;
  void malformed(const std::string& why) override;

 private:
  enum class Pace { None, Slow, Quick };  ///< how often sweep() runs
  using Ids = std::unordered_map<std::string, std::unique_ptr<LegacySession>>;

  void accept(int fd);
  bool make_room_for_connection();
  bool end_one_of_many();
  bool make_room_for_session(const Principal& principal);
  std::optional<HttpFault> check(HttpConnection& connection);
  std::optional<HttpFault> identify(HttpConnection& connection);
  void refresh_tokens(Nanos now);

  void post(HttpConnection& connection, const MessagePtr& message);
  void post_modern(HttpConnection& connection, const MessagePtr& message);
  std::optional<HttpFault> check_params(HttpConnection& connection, const Rpc& rpc);
  void post_legacy(HttpConnection& connection, const MessagePtr& message);
  void initialize(HttpConnection& connection, const MessagePtr& message);
  void end_session(HttpConnection& connection);
  LegacySession* legacy_session(HttpConnection& connection, const MessagePtr& message);
  ModernSession* modern_session(HttpConnection& connection, Value client_info,
                                const MessagePtr& message);
  void open_sse(HttpConnection& connection);
  void post_sse(HttpConnection& connection, std::string body);
  MessagePtr read(HttpConnection& connection, std::string body);
  /// Refuses a request for which no session was found. Records the refusal if `message` asks a
  /// server for something. If `message` is null, records nothing.
  void refuse(HttpConnection& connection, const HttpFault& fault, const MessagePtr& message,
              std::string_view id = {});
  void record_refused(const HttpConnection& connection, const HttpFault& fault,
                      const MessagePtr& message);

  void sweep();
  void schedule_sweep(Pace pace);
  void sweep_sessions(Nanos now);
  void later(void (HttpServer::*what)());
  void bury();
  void end_dismissed();

  Loop& loop_;
  const HttpServerOptions options_;
  HttpParts parts_;
  Walker walker_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unordered_map<HttpConnection*, std::unique_ptr<HttpConnection>> connections_;
  std::vector<std::unique_ptr<HttpConnection>> dead_;
  Ids legacy_;
  std::unordered_map<std::string, std::unique_ptr<SseSession>> sse_;
  // The keys consist of token name, profile, client name and client version.
  std::unordered_map<std::string, std::unique_ptr<ModernSession>> modern_;
  Timer sweep_;
  Nanos tokens_read_{};
  Pace pace_ = Pace::None;
  bool ended_ = false;
  Lifetime lifetime_;
};

}  // namespace callgate
