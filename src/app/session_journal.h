// What the next gate process needs to go on with a client's session if the shared gate dies: the
// session's journal. It is memory that the client's callgate, the front, creates and keeps. The
// gate writes into it with plain stores, so that it costs no system call, and all that was written
// before the gate's death is there afterwards.
//
// The journal answers these questions of the next gate:
// - Which bytes has the client sent that no gate has handled? The gate reads stdin into the
// journal.
// - Which requests have no answer yet, and which calls of the record are they? A request is removed
//   only when its answer is written.
// - Which messages have a lasting effect (initialize, the log level, subscriptions)?
// - Did the gate die while it wrote? Then nobody knows what the client got, and the session ends.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "callgate/io/shared_memory.h"
#include "callgate/io/stream.h"
#include "callgate/record/events.h"

namespace callgate {

/// A position counts the bytes that the client has sent since the session's start.
using Position = uint64_t;

/// What an earlier gate process has left in the journal.
struct SessionRemains {
  struct Lasting {
    Position end = 0;
    std::string line;
  };
  struct Request {
    Position end = 0;     ///< the end of the line with the request
    std::string id;       ///< JSON
    uint32_t run = 0;     ///< the run of the call; 0: there was no record
    CallNumber call = 0;  ///< 0: the request is no call
    std::string line;     ///< empty: the journal does not have it
  };
  /// The session can't go on, because the journal does not have all that is needed.
  bool lost = false;
  /// No call of `run` has reached a server without its row in the record.
  bool recorded_first = false;
  std::vector<Lasting> lasting;
  std::vector<Request> requests;  ///< in the client's order
  std::string input;              ///< the bytes that no gate has handled
  uint64_t answers = 0;           ///< the number of answers that the client got
  int64_t last_question = 0;      ///< the greatest id of a question that the client got
};

/// The gate's side of a journal. Used on one thread, by one process at a time.
class SessionJournal final : public ReadMemory, public WriteWatcher {
 public:
  /// Creates the memory of an empty journal. Error: "io.memory".
  static Result<Descriptor> create();
  /// Error: "io.memory".
  static Result<std::unique_ptr<SessionJournal>> open(const Descriptor& memory);

  /// The memory is checked for values that no gate could have written, because another process had
  /// it. Must be called before begin().
  SessionRemains remains() const;
  /// From now on, this process writes into the journal. Requests that remain stay there until they
  /// are opened again or answered.
  void begin(uint32_t run, bool recorded_first);

  // Input. The stream asks for room(), then the session calls read(), then for each line
  // line_begins() and line_handled().
  std::span<char> room() override;
  void read(std::string_view bytes);
  void line_begins(Position end);
  void line_handled();
  Position handled() const;

  // What the gate reports while it handles a line. See ClientLink.
  void opened(std::string_view id, CallNumber call);
  void dropped(std::string_view id);
  void lasting();

  // Output.
  /// An answer to the request `id` is queued after all earlier output.
  void answer_queued(std::string_view id, size_t bytes);
  void message_queued(size_t bytes);
  void question_queued(int64_t id);
  void writing() override;
  void written(size_t bytes) override;

 private:
  struct Header;
  struct Slot;
  struct Queued {
    uint64_t end;  // counts the bytes of output
    int slot;      // the request that the message answers; -1: none
  };
  explicit SessionJournal(SharedMemory memory);
  Header& header() const;
  Slot& slot(int number) const;
  char* area(uint64_t which) const;
  void lose();
  void make_room();
  int take_slot(std::string_view id);
  void free_slot(int number);
  size_t read_lasting(SessionRemains& into) const;
  bool read_requests(SessionRemains& into) const;

  SharedMemory memory_;
  uint32_t run_ = 0;
  size_t used_ = 0;        // bytes of the active area
  std::string_view line_;  // the line that is being handled
  Position line_end_ = 0;
  uint64_t queued_ = 0, written_ = 0;  // bytes of output
  uint64_t between_ = 0;               // where the last message ends that is written completely
  std::deque<Queued> output_;
  std::unordered_multimap<std::string, int> by_id_;  // requests whose answer is not queued
  std::vector<int> free_;                            // the next one to use is the last
  size_t lasting_ = 0;                               // bytes used in the area of lasting lines
};

}  // namespace callgate
