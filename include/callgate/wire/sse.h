// Event streams (WHATWG HTML, "Server-sent events") as bytes, and the log that lets a broken stream
// resume.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace callgate {

/// One event. `id` and `event` are left out if empty. A line end within the data starts a further
/// data line.
std::string sse_event(std::string_view id, std::string_view event, std::string_view data);
/// An event with empty data. It gives the client an id to resume after, and the delay before it
/// reconnects.
std::string sse_first_event(std::string_view id, int64_t retry_millis);
inline constexpr std::string_view kSseComment = ": keep-alive\n\n";

/// Identifies an event: its stream, and its number, which counts over all streams of a log.
struct EventId {
  uint64_t stream = 0, number = 0;
  std::string text() const;  ///< "7-42"
};
std::optional<EventId> parse_event_id(std::string_view text);

/// The latest events of one session, so that each stream can resume after the last event that its
/// client received. Drops the oldest events beyond its bounds. One thread.
class EventLog {
 public:
  struct Bounds {
    size_t events = 1000;
    size_t bytes = size_t{4} << 20;
  };
  /// Adds an event and keeps it, however large it is.
  EventId add(uint64_t stream, std::string data, Bounds bounds);
  /// Drops the oldest events beyond the bounds, even the latest if it alone is larger.
  void trim(Bounds bounds);
  /// Calls `each` for that stream's events after `number`, oldest first.
  void replay(uint64_t stream, uint64_t number,
              const std::function<void(EventId, const std::string&)>& each) const;
  uint64_t last() const { return last_; }  ///< the last number given
  size_t bytes() const { return bytes_; }
  size_t events() const { return events_.size(); }

 private:
  struct Entry {
    EventId id;
    std::string data;
  };
  void forget_oldest();

  std::deque<Entry> events_;
  uint64_t last_ = 0;
  size_t bytes_ = 0;
};

}  // namespace callgate
