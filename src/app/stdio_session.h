// One client that speaks MCP over two descriptors: its session, and the reading and writing of
// lines.
#pragma once

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "callgate/app/client_entrance.h"
#include "callgate/io/lifetime.h"
#include "callgate/io/stream.h"
#include "callgate/wire/framer.h"
#include "earlier_calls.h"
#include "session_journal.h"

namespace callgate {

/// With a journal, the session goes on where an earlier gate process has left it, and the journal
/// lets the next one do the same.
struct JournalUse {
  std::unique_ptr<SessionJournal> journal;  ///< nullptr: none
  uint32_t run = 0;                         ///< of this process in the record
  std::string record = {};                  ///< the path of the record
  uint64_t record_id = 0;                   ///< GateProcess::record_id()
};

/// Returns an error if no gate with this configuration may go on with the session, because a person
/// has not approved that its servers start.
Status may_go_on(const SessionRemains& remains, const Config& config);

/// Used on the loop's thread. Must not be destroyed before on_end was called, nor within on_end.
class StdioSession final : public ClientLink {
 public:
  /// Reads the client's messages from `in` and writes to `out`. Both are owned from now on, and
  /// closed in case of an error. `on_end` is called once, when the session has ended and the gate
  /// knows it; never from within a function of this class. Errors: those of Stream::open().
  static Result<std::unique_ptr<StdioSession>> open(
      Loop& loop, ClientEntrance& gate, int in, int out, ClientFacts facts, JournalUse journal,
      std::function<void(const std::string& reason)> on_end);

  /// Must be called when another configuration is in effect.
  void new_configuration();
  /// Ends the session at once.
  void end(const std::string& reason);
  /// Calls `done` when the last output is written and `out` is closed, or after half a second.
  /// Called after on_end. The destructor closes the rest.
  void close(std::function<void()> done);

  void send(Outgoing message) override;
  void dismiss(const std::string& reason) override;
  void request_opened(std::string_view id, CallNumber call) override;
  void request_cancelled(std::string_view id) override;
  void message_lasts() override;

 private:
  StdioSession(Loop& loop, ClientEntrance& gate, std::unique_ptr<Stream> in,
               std::unique_ptr<Stream> out, JournalUse journal,
               std::function<void(const std::string& reason)> on_end);
  void start(ClientFacts facts);
  void read(std::string_view bytes);
  /// Handles `earlier`, which an earlier gate has read, then reads on.
  void start_input(const std::string& earlier);
  void take_input(std::string_view bytes);
  void put_in_journal(const Outgoing& message);
  /// The client does not read its messages, and no more can wait for it.
  void queue_full();

  /// Called at the end of the input. The session goes on until all open requests are answered,
  /// because a script may have piped its requests into stdin and still read the answers.
  void input_ended(const Status& status);
  void check_drained();
  /// Ends the session in the next turn, because the gate may be calling this object.
  void end_soon(const std::string& reason);

  // The following functions go on with a session of an earlier gate process.
  void go_on(const SessionRemains& remains);
  /// Gives the gate the messages with a lasting effect again. Answers that the client has got
  /// already are dropped. Returns the ends of the lines whose answers the client gets now.
  std::set<Position> repeat_lasting(const SessionRemains& remains);
  void repeat(const SessionRemains::Request& request);
  void answer_earlier(const SessionRemains::Request& request, EarlierCall call);

  Loop& loop_;
  ClientEntrance& gate_;
  JournalUse journal_;  // before the streams, which use it
  std::unique_ptr<Stream> in_, out_;
  std::function<void(const std::string&)> on_end_;
  Framer framer_;
  Timer drain_;
  SessionNumber session_ = 0;
  Position position_ = 0;                        // of the input
  std::multiset<std::string> already_answered_;  // ids of repeated requests; answers are dropped
  std::string why_;                              // why the input ended
  bool draining_ = false, full_ = false, ending_ = false;
  Lifetime lifetime_;
};

}  // namespace callgate
