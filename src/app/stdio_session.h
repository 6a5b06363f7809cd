// One client that speaks MCP over two descriptors: its session, and the reading and writing of
// lines.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "callgate/app/client_entrance.h"
#include "callgate/io/lifetime.h"
#include "callgate/io/stream.h"
#include "callgate/wire/framer.h"

namespace callgate {

/// Used on the loop's thread. Must not be destroyed before on_end was called, nor within on_end.
class StdioSession final : public ClientLink {
 public:
  /// Reads the client's messages from `in` and writes to `out`. Both are owned from now on, and
  /// closed in case of an error. `on_end` is called once, when the session has ended and the gate
  /// knows it; never from within a function of this class. Errors: those of Stream::open().
  static Result<std::unique_ptr<StdioSession>> open(
      Loop& loop, ClientEntrance& gate, int in, int out, ClientFacts facts,
      std::function<void(const std::string& reason)> on_end);

  /// Ends the session at once.
  void end(const std::string& reason);
  /// Calls `done` when the last output is written and `out` is closed, or after half a second.
  /// Called after on_end. The destructor closes the rest.
  void close(std::function<void()> done);

  void send(Outgoing message) override;
  void dismiss(const std::string& reason) override;

 private:
  StdioSession(Loop& loop, ClientEntrance& gate, std::unique_ptr<Stream> in,
               std::unique_ptr<Stream> out, std::function<void(const std::string& reason)> on_end);
  void start(ClientFacts facts);
  /// Called at the end of the input. The session goes on until all open requests are answered,
  /// because a script may have piped its requests into stdin and still read the answers.
  void input_ended(const Status& status);
  void check_drained();
  /// Ends the session in the next turn, because the gate may be calling this object.
  void end_soon(const std::string& reason);

  Loop& loop_;
  ClientEntrance& gate_;
  std::unique_ptr<Stream> in_, out_;
  std::function<void(const std::string&)> on_end_;
  Framer framer_;
  Timer drain_;
  SessionNumber session_ = 0;
  std::string why_;  // why the input ended
  bool draining_ = false, ending_ = false;
  Lifetime lifetime_;
};

}  // namespace callgate
