// The control socket of a gate process: other callgate commands of the same user ask it things. One
// line of JSON asks, one line answers: {"ok": …} or {"error": {"code", "message", "next"}}.
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

/// The socket of a gate process in the state folder: the gateway process has a name that is known,
/// the others one each.
std::string gateway_socket(const std::string& state_dir);
std::string run_sockets(const std::string& state_dir);  ///< their folder

class ControlTarget {
 public:
  /// JSON text, or why not. May be called later; does nothing once nobody waits.
  using Answer = std::function<void(Result<std::string>)>;
  virtual ~ControlTarget() = default;
  /// `request` is an object; `ask` is its member "ask"; `peer` is the process that asks, 0 where the
  /// system does not say.
  virtual void asked(const std::string& ask, const MessagePtr& request, int64_t peer,
                     Answer answer) = 0;
};

/// At most 32 connections at once, 5 s each. Loop's thread.
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
  /// In the next turn: the caller may be called by what it closes.
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
