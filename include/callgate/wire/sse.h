// Writes event streams (WHATWG HTML, "Server-sent events"), and keeps the events that a client
// needs to resume a broken stream.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace callgate {

/// Returns the text of one event. Leaves out `id` and `event` if they are empty. Each line of
/// `data` becomes one data line of the event.
std::string sse_event(std::string_view id, std::string_view event, std::string_view data);
/// Returns a stream's first event, which has empty data. From this event, the client learns an id
/// after which it can resume the stream, and how long it should wait before it reconnects.
std::string sse_first_event(std::string_view id, int64_t retry_millis);
inline constexpr std::string_view kSseComment = ": keep-alive\n\n";

/// Identifies an event by its stream and its number. All streams of a log share one series of
/// numbers.
struct EventId {
  uint64_t stream = 0, number = 0;
  std::string text() const;  ///< "7-42"
};
std::optional<EventId> parse_event_id(std::string_view text);

/// Keeps the latest events of one session, so that each stream can resume after the last event that
/// its client received. When there are more events or bytes than the given bounds allow, add() and
/// trim() drop the oldest events. Use it on one thread.
class EventLog {
 public:
  struct Bounds {
    size_t events = 1000;
    size_t bytes = size_t{4} << 20;
  };
  /// Adds an event, and drops the oldest events until the bounds hold. The new event is kept even
  /// if it alone exceeds the bounds.
  EventId add(uint64_t stream, std::string data, Bounds bounds);
  /// Drops the oldest events until the bounds hold. Even the latest event is dropped if it alone
  /// exceeds the bounds.
  void trim(Bounds bounds);
  /// Calls `each` for the events of `stream` with numbers after `number`, oldest first.
  void replay(uint64_t stream, uint64_t number,
              const std::function<void(EventId, const std::string&)>& each) const;
  uint64_t last() const { return last_; }  ///< the number of the event that was added last
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
