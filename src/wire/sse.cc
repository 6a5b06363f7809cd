#include "callgate/wire/sse.h"

#include <charconv>
#include <utility>

namespace callgate {

std::string sse_event(std::string_view id, std::string_view event, std::string_view data) {
  std::string out;
  out.reserve(id.size() + event.size() + data.size() + 32);
  if (!id.empty()) (out += "id: ").append(id) += '\n';
  if (!event.empty()) (out += "event: ").append(event) += '\n';
  for (;;) {
    const size_t end = data.find_first_of("\r\n");
    (out += "data: ").append(data.substr(0, end)) += '\n';
    if (end == std::string_view::npos) break;
    data.remove_prefix(end + 1);
  }
  out += '\n';
  return out;
}

std::string sse_first_event(std::string_view id, int64_t retry_millis) {
  return "id: " + std::string(id) + "\nretry: " + std::to_string(retry_millis) + "\ndata: \n\n";
}

std::string EventId::text() const { return std::to_string(stream) + "-" + std::to_string(number); }

std::optional<EventId> parse_event_id(std::string_view text) {
  EventId id;
  const char* end = text.data() + text.size();
  const auto [dash, first] = std::from_chars(text.data(), end, id.stream);
  if (first != std::errc() || dash == end || *dash != '-') return std::nullopt;
  const auto [rest, second] = std::from_chars(dash + 1, end, id.number);
  if (second != std::errc() || rest != end) return std::nullopt;
  return id;
}

EventId EventLog::add(uint64_t stream, std::string data, Bounds bounds) {
  bytes_ += data.size();
  events_.push_back({.id = {stream, ++last_}, .data = std::move(data)});
  while (events_.size() > 1 && (events_.size() > bounds.events || bytes_ > bounds.bytes))
    forget_oldest();
  return events_.back().id;
}

void EventLog::trim(Bounds bounds) {
  while (events_.size() > bounds.events || bytes_ > bounds.bytes) forget_oldest();
}

void EventLog::forget_oldest() {
  bytes_ -= events_.front().data.size();
  events_.pop_front();
}

void EventLog::replay(uint64_t stream, uint64_t number,
                      const std::function<void(EventId, const std::string&)>& each) const {
  for (const Entry& entry : events_) {
    if (entry.id.stream == stream && entry.id.number > number) each(entry.id, entry.data);
  }
}

}  // namespace callgate
