// The client's side of the conversation: the connection to the command, and the calls of a phase.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "histogram.h"
#include "subprocess.h"

namespace bench {

using Clock = std::chrono::steady_clock;

[[noreturn]] void die(const std::string& why);

/// Transports lines to the command and back. A lane carries one request at a time.
class Connection {
 public:
  using Take = std::function<void(std::string_view)>;

  virtual ~Connection() = default;
  /// Returns the text to which the caller appends the next line, without its end. The caller then
  /// calls `sent`.
  virtual std::string& line(size_t lane) = 0;
  virtual void sent(size_t lane) = 0;
  /// Waits for input and gives each complete line to `take`.
  virtual void exchange(const Take& take) = 0;

  /// Sends a request of the handshake and returns its answer. `rest` contains the members after the
  /// id.
  std::string ask(const std::string& id, const std::string& rest);
  void tell(const std::string& rest);
};

/// The two pipes to the command. Writes and reads in whatever order the pipes allow.
class PipeConnection final : public Connection {
 public:
  explicit PipeConnection(const Subprocess& child);
  std::string& line(size_t) override { return out_; }
  void sent(size_t) override { out_ += '\n'; }
  void exchange(const Take& take) override;

 private:
  void flush();
  bool wait_and_read();

  Subprocess child_;
  std::string out_, in_, chunk_;
  size_t done_ = 0;  // how many bytes of out_ are written
};

struct Phase {
  size_t bytes = 100, at_once = 1;
  double seconds = 5;
  uint64_t calls = 0;  ///< the phase ends after `seconds` and at least this many calls
};

/// Keeps `at_once` calls running and checks each answer against its own request.
class Load {
 public:
  /// `watch` is a file whose largest size is measured, or empty.
  Load(Connection& connection, std::vector<std::string> tools, std::string watch);

  struct Outcome {
    Histogram latencies;
    double seconds = 0;
    int64_t watched = 0;
  };
  Outcome run(const Phase& phase);

 private:
  struct Sent {
    uint64_t number = 0;
    Clock::time_point at;
  };

  void send(size_t slot);
  void take(std::string_view line, Outcome& outcome);
  bool holds_text(std::string_view line, uint64_t number);
  void stamp(uint64_t number);
  void watch(Outcome& outcome);

  Connection& connection_;
  std::vector<std::string> tools_;
  std::string watch_;
  Phase phase_;
  std::string filler_;
  char stamp_[32] = {};
  std::vector<Sent> sent_;  // indexed by slot
  uint64_t next_ = 1, finished_ = 0, waiting_ = 0;
  Clock::time_point begun_, last_, watched_at_;
};

/// The number of digits at both ends of a text. They differ in every call.
constexpr size_t kStampSize = 12;
/// The maximum number of calls at once.
constexpr size_t kSlots = 1000;
/// How many seconds a phase may take beyond its time before the benchmark gives up.
constexpr unsigned kPatience = 60;

}  // namespace bench
