// The shared gate's side of its fronts: accepts them, and serves the clients whose descriptors they
// pass.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "app/stdio_session.h"
#include "attach_messages.h"
#include "callgate/app/gate_process.h"
#include "callgate/io/lifetime.h"
#include "callgate/io/unix_socket.h"

namespace callgate {

/// Used on the loop's thread.
class FrontServer {
 public:
  /// Serves at most limits.sessions fronts at once. `on_change` is called when the number of fronts
  /// has changed. Errors: "io.in_use" if another process serves fronts of the same program file,
  /// "io.listen".
  static Result<std::unique_ptr<FrontServer>> open(Loop& loop, GateProcess& process,
                                                   const Places& places,
                                                   std::function<void()> on_change);
  ~FrontServer();

  size_t fronts() const { return fronts_.size(); }
  /// Accepts no more fronts. Later fronts start another gate.
  void close() { listener_.reset(); }
  /// Ends all sessions.
  void end_all(const std::string& reason);

 private:
  struct Front {
    /// What the exchange with the front has reached. Lost: it will be removed.
    enum class Stage { Hello, Checking, Offered, Serving, Refused, Lost };
    Stage stage = Stage::Hello;
    int64_t pid = 0;
    std::unique_ptr<Stream> socket;
    std::unique_ptr<Framer> framer;
    std::unique_ptr<Timer> limit;  // see kExchange and kLastRows
    Hello hello;
    /// The client's stdin and stdout, and the memory of the journal if there is one. Until the
    /// session begins.
    std::vector<Descriptor> client;
    std::unique_ptr<SessionJournal> journal;
    std::unique_ptr<StdioSession> session;
  };
  using Id = uint64_t;
  FrontServer(Loop& loop, GateProcess& process, std::string record,
              std::function<void()> on_change);
  void new_configuration();
  void accept(int fd, int64_t pid);
  void line(Id id, std::string text);
  void hello(Id id, Front& front, std::string text);
  void answer_hello(Id id);
  void begin(Id id, Front& front);
  /// Returns an error if the front's process may not use this gate.
  Status may_attach(const Front& front) const;
  /// Returns an error if this gate, with its configuration as it is now, does not serve the client.
  Status accepts(const Front& front) const;
  void refuse(Front& front, const Error& error);
  void lost(Id id, const std::string& why);
  void session_ended(Id id);
  void send_ended(Id id);
  void report_broken_servers(Front& front);
  void send_log(log::Level level, const std::string& text);
  void remove(Id id);

  Loop& loop_;
  GateProcess& process_;
  const std::string record_;  // its path
  std::function<void()> on_change_;
  std::unique_ptr<UnixListener> listener_;
  std::map<Id, std::unique_ptr<Front>> fronts_;
  Id last_ = 0;
  Lifetime lifetime_;
};

}  // namespace callgate
