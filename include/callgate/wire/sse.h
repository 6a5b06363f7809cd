// Event streams (WHATWG HTML, "Server-sent events") as bytes, and the log that lets a broken one go
// on.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace callgate {

/// One event; `id` and `event` may be empty for none. Line ends within the data become several data
/// lines.
std::string sse_event(std::string_view id, std::string_view event, std::string_view data);
/// An event that brings nothing but an id to go on behind, and after how long.
std::string sse_first_event(std::string_view id, int64_t retry_millis);
inline constexpr std::string_view kSseComment = ": keep-alive\n\n";

/// Where an event stands: of which stream, and its number, which counts over all streams of a log.
struct EventId {
  uint64_t stream = 0, number = 0;
  std::string text() const;  ///< "7-42"
};
std::optional<EventId> parse_event_id(std::string_view text);

/// The latest events of one session, so that each stream can go on behind the last one that was
/// seen. Forgets the oldest beyond its bounds. One thread.
class EventLog {
 public:
  struct Bounds {
    size_t events = 1000;
    size_t bytes = size_t{4} << 20;
  };
  /// The latest event stays, however large.
  EventId add(uint64_t stream, std::string data, Bounds bounds);
  /// Forgets the oldest, the latest, too, if it alone is larger.
  void trim(Bounds bounds);
  /// That stream's events behind `number`, oldest first.
  void replay(uint64_t stream, uint64_t number,
              const std::function<void(EventId, const std::string&)>& each) const;
  uint64_t last() const { return last_; }  ///< number given
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
