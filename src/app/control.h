// The control socket of a gate process. Callgate commands of the same user connect to it and send a
// request. A request is one line of JSON. The answer is one line, too: {"ok": …} or {"error":
// {"code", "message", "next"}}.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "callgate/base/result.h"
#include "callgate/io/lifetime.h"
#include "callgate/io/stream.h"
#include "callgate/io/unix_socket.h"
#include "callgate/wire/framer.h"
#include "callgate/wire/message.h"

namespace callgate {

inline constexpr size_t kLongestRequest = size_t{64} << 10;
inline constexpr size_t kLongestAnswer = size_t{16} << 20;

/// Returns the path of the shared gate's control socket. Every shared gate of this state folder
/// uses the same path. The sockets of other gate processes are in run_sockets().
std::string gateway_socket(const std::string& state_dir);
/// Returns the folder with the sockets of all other gate processes, each under the id of its run.
std::string run_sockets(const std::string& state_dir);

class ControlTarget {
 public:
  /// Sends the answer: JSON text or an error. May be called after asked() has returned. Does
  /// nothing if the connection has closed.
  using Answer = std::function<void(Result<std::string>)>;
  virtual ~ControlTarget() = default;
  /// Handles a request. `request` is a JSON object, and `ask` is its member "ask". `peer` is the id
  /// of the process that sent the request, or 0 if the system does not report it.
  virtual void asked(const std::string& ask, const MessagePtr& request, int64_t peer,
                     Answer answer) = 0;
};

/// Serves at most 32 connections at once, for at most 5 s each. Used on the loop's thread.
class ControlServer {
 public:
  static Result<std::unique_ptr<ControlServer>> open(Loop& loop, const std::string& path,
                                                     UnixListener::Name name,
                                                     ControlTarget& target);
  ~ControlServer();

 private:
  struct Connection {
    std::unique_ptr<Stream> stream;
    std::unique_ptr<Framer> framer;
    std::unique_ptr<Timer> limit;
    int64_t peer = 0;
    bool asked = false;
  };
  ControlServer(Loop& loop, std::unique_ptr<UnixListener> listener, ControlTarget& target);
  void accept(int fd, int64_t peer);
  void line(uint64_t id, std::string text);
  void answer(uint64_t id, const Result<std::string>& result);
  /// Closes the connection in the next turn of the loop, because its stream may be calling us at
  /// this moment.
  void close_soon(uint64_t id);

  Loop& loop_;
  std::unique_ptr<UnixListener> listener_;
  ControlTarget& target_;
  Walker walker_{WalkLimits{.bytes = kLongestRequest, .depth = 16, .nodes = 1000}};
  std::map<uint64_t, Connection> connections_;
  uint64_t last_ = 0;
  Lifetime lifetime_;
};

}  // namespace callgate
