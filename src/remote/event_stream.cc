#include "event_stream.h"

#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/base/text.h"

namespace callgate {

EventStream::EventStream(ServerAccess& access, EventStreamUser& user, WebFields fields,
                         size_t limit)
    : user_(user), reader_(limit) {
  call_ = std::make_unique<WebCall>(
      access, *this,
      WebOrder{.method = "GET", .url = access.url, .fields = std::move(fields), .repeats = false});
}

void EventStream::on_head(const TransferHead& head) {
  if (!has_media_type(head.fields, "text/event-stream"))
    return end({.refusal = {.status = head.status, .fields = head.fields}});
  opened_ = true;
  user_.stream_opened();
}

void EventStream::on_bytes(std::string_view bytes) {
  got_bytes_ = true;
  for (SseEvent& event : reader_.read(bytes)) {
    if (!call_) return;
    user_.stream_event(std::move(event));
  }
}

void EventStream::on_end() { end({.opened = opened_}); }

void EventStream::on_refused(const WebAnswer& answer, const std::string& moved_to) {
  end({.refusal = answer, .moved_to = moved_to});
}

void EventStream::on_failed(RequestFailure failure) {
  end({.opened = opened_, .failure = std::move(failure)});
}

void EventStream::end(StreamEnd end) {
  call_.reset();
  user_.stream_ended(std::move(end));
}

bool has_media_type(const WebFields& fields, std::string_view type) {
  for (const auto& [name, value] : fields) {
    if (equal_ignoring_case(name, "Content-Type"))
      return equal_ignoring_case(trimmed(std::string_view(value).substr(0, value.find(';'))), type);
  }
  return false;
}

}  // namespace callgate
