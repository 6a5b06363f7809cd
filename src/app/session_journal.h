// What another gate process needs to go on with a client's session if the shared gate dies: the
// session's journal. It is memory that the client's callgate, the front, creates and keeps. The
// gate writes to it like to other memory, without a system call. What it wrote before its death is
// still there afterwards.
//
// The journal answers these questions:
// - Which bytes has the client sent that no gate has handled? The gate reads stdin into the
//   journal.
// - Which requests have no answer yet, and what are their calls' numbers in the record? A request
//   stays until its answer is written or the client cancels it.
// - Which messages have an effect until the end of the session (initialize, initialized, the log
//   level, subscriptions)?
// - Did the gate die in the middle of a message to the client? Then it is not known what the client
//   has read, and the session ends.
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
    /// The gate that got the request records each call before a server gets it.
    bool recorded_first = false;
    uint64_t deaths = 0;  ///< of gates while the request was open
    uint64_t record = 0;  ///< identity of the record that has the call
    std::string line;     ///< empty: the journal does not have it
  };
  bool used = false;  ///< a gate has used the journal
  /// Why no other gate can go on with the session; empty if one can.
  std::string lost;
  std::vector<Lasting> lasting;
  std::vector<Request> requests;  ///< in the client's order
  std::string input;              ///< the bytes that no gate has handled
  uint64_t starts = 0;            ///< starts_digest() of the configuration in effect
  uint64_t answers = 0;           ///< the number of answers that the client got
};

/// Used on one thread, and written by one process at a time.
class SessionJournal final : public ReadMemory, public WriteWatcher {
 public:
  /// Creates the memory of an empty journal. Error: "io.memory".
  static Result<Descriptor> create();
  /// Error: "io.memory".
  static Result<std::unique_ptr<SessionJournal>> open(const Descriptor& memory);

  /// The memory is checked for values that no gate could have written, because another process had
  /// it. Must be called before begin().
  SessionRemains remains();
  /// From now on, this process writes to the journal. The requests of earlier gates stay there
  /// until they are answered or cancelled. When request_opened() is called for one, it gets its new
  /// call's number. Requests of a line that was not handled are removed. `run` and `record` are
  /// numbers of this process's run and record (Recorder::run() and identity()).
  void begin(uint32_t run, uint64_t record);
  /// Whether this process records each call before a server gets it.
  void set_recorded_first(bool recorded_first);
  /// `digest` is starts_digest() of the configuration in effect.
  void set_starts(uint64_t digest);
  /// The gate has ended the session, so no other gate may go on with it.
  void end();

  // Input. The stream asks for room(), then the session calls bytes_read(), then for each line
  // handling_line() and line_handled().
  std::span<char> room() override;
  void bytes_read(std::string_view bytes);
  void handling_line(Position end);
  void line_handled();
  /// The gate has refused the line that is being read, because it is too long.
  void line_refused();
  Position handled() const { return handled_; }

  // What the gate reports while it handles a line. See ClientLink.
  void request_opened(std::string_view id, CallNumber call);
  void request_cancelled(std::string_view id);
  void message_lasts();

  // Functions that are called when output is queued or written.
  /// The answer to the request `id` (`bytes` bytes) has been queued.
  void answer_queued(std::string_view id, size_t bytes);
  void message_queued(size_t bytes);
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
  /// The area with this number. Only the lowest bit counts, so that `area_ + 1` is the other area.
  char* input_area(uint64_t which) const;
  void mark_lost(uint64_t loss);
  void set_input(Position first, uint64_t active);
  void make_room();
  int take_slot(std::string_view id);
  void free_slot(int number);
  size_t read_lasting(SessionRemains& into) const;
  bool read_requests(SessionRemains& into) const;

  SharedMemory memory_;
  uint32_t run_ = 0;
  uint64_t record_ = 0;
  bool recorded_first_ = false;

  // What this process has written to the header. It does not read the values again, because another
  // process may have changed them.
  uint64_t loss_ = 0;
  Position first_ = 0, handled_ = 0;  // of the active area's first byte; of the next line
  uint64_t area_ = 0;                 // the active one

  size_t used_ = 0;            // bytes of the active area
  Position read_ = 0;          // bytes that were read in total
  Position buffer_begin_ = 0;  // where the area begins while it is only a buffer
  size_t dirty_ = 0;           // bytes that were used while the area was only a buffer
  bool in_line_ = false;       // a line is being handled
  std::string_view line_;      // this line; empty if the journal does not have it
  Position line_end_ = 0;
  uint64_t queued_ = 0, written_ = 0;  // bytes of output
  uint64_t whole_end_ = 0;             // where the last message ends that is written completely
  std::deque<Queued> output_;
  std::unordered_multimap<std::string, int> by_id_;  // requests whose answer is not queued
  std::vector<int> free_;                            // the next one to use is the last
  size_t lasting_size_ = 0;                          // bytes of the lasting messages
};

}  // namespace callgate
