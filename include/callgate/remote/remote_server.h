// One session with one MCP server over HTTP. To the gate, it is a source of lines, like the process
// of a local server. It carries both eras of Streamable HTTP (MCP 2025-03-26 to 2026-07-28) and the
// older HTTP+SSE (MCP 2024-11-05).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/io/loop.h"
#include "callgate/remote/http_loop.h"
#include "callgate/wire/web.h"

namespace callgate {

/// Knows how to sign in to a server. Its functions may be called from within RemoteServer::send().
/// The callbacks may be called at once or later, but only once, and on the loop's thread. The
/// caller ignores a callback that comes too late. An Error ends the request, and its message is the
/// answer. If its code is kSignInRequired, the answer has the code RemoteErrorCode::SignInRequired.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  /// Asked before each request. Gives the value for the field Authorization, or "" to send none.
  virtual void authorize(std::function<void(Result<std::string>)> done) = 0;
  /// Told that the server refused a request with status 401, with 403 and insufficient_scope, or
  /// with 400 and a Bearer challenge or invalid_token. `sent` is the value that the request had.
  /// Says whether to send the request once more, with a new value of authorize(). If the server
  /// refuses that, too, this function is called again; the request is repeated at most three times.
  virtual void refused(const WebAnswer& answer, const std::string& sent,
                       std::function<void(Result<bool> again)> done) = 0;
};
inline constexpr const char* kSignInRequired = "signin.required";

enum class RemoteTransport {
  Auto,  ///< Streamable HTTP; if the server refuses `initialize`, HTTP+SSE
  Http,  ///< Streamable HTTP only
  Sse,   ///< HTTP+SSE only
};

/// Waits and time limits of one session.
struct RemoteTimes {
  /// Before a request that was not executed is sent again; the second and third time, twice and
  /// four times as long.
  Millis back_off{500};
  /// A request that would have to wait longer than this, because the server asked for a pause, is
  /// answered with an error at once.
  Millis longest_pause{20'000};
  Millis reconnect{1'000};  ///< before a broken stream is opened again, if the server names no time
  Millis cancelled{5'000};  ///< for the answer to a cancelled request
  Millis renewed{5'000};    ///< for answers to requests that were sent in a session that was lost
  Millis endpoint{10'000};  ///< for the first event of HTTP+SSE
  Millis end{2'000};        ///< for the server to end the session
  Millis linger{1'000};     ///< for the end of a stream after its answer
};

struct RemoteOptions {
  std::string server;  ///< the server's name in the configuration, for log lines
  std::string url;     ///< https:// or http://
  /// Fields for every request. They are sent to the origin of `url` only.
  WebFields fields;
  RemoteTransport transport = RemoteTransport::Auto;
  size_t line_limit = size_t{16} << 20;   ///< bytes of a message from the server
  size_t queue_limit = size_t{32} << 20;  ///< bytes of all requests that are not answered
  WebNetwork network;
  /// Must outlive the server. May be null. Not asked if `fields` has Authorization. Its values are
  /// sent to the origin of `url` only.
  Authorizer* authorizer = nullptr;
  RemoteTimes times;
};

struct RemoteEnd {
  std::string reason;  ///< "was stopped", "lost its session: …"
};

struct RemoteEvents {
  /// Called once, before all other events. Nothing has been sent yet. May be empty.
  std::function<void()> on_running;
  /// Gets one message without a line end. Every request that send() took gets exactly one answer,
  /// from the server or from this room, unless it is cancelled or the session ends.
  std::function<void(std::string&&)> on_line;
  /// Gets the beginning of a message that is longer than `line_limit` and answers no request.
  std::function<void(std::string_view head)> on_too_long;
  /// Called once, at the end. Afterwards no callback is called.
  std::function<void(RemoteEnd)> on_gone;
};

/// The first message decides the era, as for a process: a request that has
/// `io.modelcontextprotocol/protocolVersion` in `_meta` is modern, and each modern request is
/// independent. All others belong to the session that `initialize` begins. If the server loses that
/// session, it is begun again with the same `initialize`; then the lists may have changed, and
/// on_line gets the notifications that say so. Used on the loop's thread. A member function never
/// calls a callback. Callbacks may destroy the RemoteServer.
class RemoteServer {
 public:
  /// Errors: "remote.url"; "remote.field" for a field that HTTP or MCP reserves or that cannot be
  /// sent; "remote.no_libcurl", "remote.old_libcurl", "remote.ca_file", "remote.unsupported".
  static Result<std::unique_ptr<RemoteServer>> start(HttpLoop& http, RemoteOptions options,
                                                     RemoteEvents events);
  /// Cancels everything, without telling the server.
  ~RemoteServer();
  /// Sends one JSON-RPC message: a request, a notification or an answer. Returns false and takes
  /// nothing if too many messages are not answered, if stop() was called, or if `line` is not a
  /// JSON-RPC message.
  bool send(std::string line);
  /// Ends the session: cancels all requests, and asks the server to forget the session, for which
  /// it has RemoteTimes::end, but at most `limit`. on_gone is called afterwards. A second call can
  /// only shorten the time.
  void stop(Millis limit);

 private:
  struct Impl;
  explicit RemoteServer(std::shared_ptr<Impl> impl);
  /// Shared only with a task that the destructor posts to the loop: a callback that destroys the
  /// RemoteServer returns into a function of Impl, so Impl must live until the next turn.
  std::shared_ptr<Impl> impl_;
};

}  // namespace callgate
