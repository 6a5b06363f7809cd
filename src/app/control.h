// The control socket of a gate process. Other callgate commands of the same user send requests to
// it. A request is one line of JSON, and so is the answer: {"ok": …} or {"error": {"code",
// "message", "next"}}.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "callgate/base/result.h"
#include "callgate/io/stream.h"
#include "callgate/io/unix_socket.h"
#include "callgate/wire/framer.h"
#include "callgate/wire/message.h"

namespace callgate {

inline constexpr size_t kLongestRequest = size_t{64} << 10;
inline constexpr size_t kLongestAnswer = size_t{16} << 20;

/// The path of a gate process's socket in the state folder. The shared gate has a well-known name;
/// each other process has a name of its own.
std::string gateway_socket(const std::string& state_dir);
/// The folder of the other processes' sockets.
std::string run_sockets(const std::string& state_dir);

class ControlTarget {
 public:
  /// Takes JSON text or an error. May be called later; does nothing if nobody waits for the answer
  /// any more.
  using Answer = std::function<void(Result<std::string>)>;
  virtual ~ControlTarget() = default;
  /// `request` is an object and `ask` is its member "ask". `peer` is the process that asks; 0 if
  /// the system does not report it.
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
  /// Closes it in the next turn, because the caller may be called by the stream that is closed.
  void close_soon(uint64_t id);

  Loop& loop_;
  std::unique_ptr<UnixListener> listener_;
  ControlTarget& target_;
  Walker walker_{WalkLimits{.bytes = kLongestRequest, .depth = 16, .nodes = 1000}};
  std::map<uint64_t, Connection> connections_;
  uint64_t last_ = 0;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

}  // namespace callgate
