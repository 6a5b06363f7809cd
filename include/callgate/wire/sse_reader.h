// Reads event streams (WHATWG HTML, section "Server-sent events").
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

struct SseEvent {
  std::string type;  ///< "message" if the stream gives the event no type
  std::string data;  ///< the event's lines of data with \n between them; never empty
  /// True if the event's data is longer than the reader's limit. Then `data` is the beginning of
  /// the data: 64 KiB, or `limit` bytes if that is less.
  bool too_long = false;
};

/// Reads the bytes of one stream. Buffers at most the data of one event, which has at most `limit`
/// bytes, and about one more KiB. Use it on one thread.
class SseReader {
 public:
  /// An id with more bytes than this cannot be sent back in a header field, so the stream counts as
  /// a stream that cannot be resumed.
  static constexpr size_t kLongestId = 1024;

  explicit SseReader(size_t limit) : limit_(limit) {}
  /// Reads the next bytes of the stream, and returns the events that they complete. Events with
  /// empty data are not returned, but change last_id() and retry(). An event that is incomplete at
  /// the end of the stream is lost, as the specification demands.
  std::vector<SseEvent> read(std::string_view bytes);
  /// Returns the id of the last complete event that had one. A client resumes the stream after this
  /// event. Empty if the stream cannot be resumed.
  const std::string& last_id() const { return last_id_; }
  /// Returns how many milliseconds a client should wait before it reconnects; absent until the
  /// stream says it.
  std::optional<int64_t> retry() const { return retry_; }

 private:
  void take(std::string_view part);
  void finish_line();
  void add_data(std::string_view value);
  void refuse_event(std::string_view value);
  void finish_event();

  size_t limit_;
  std::vector<SseEvent> complete_;
  std::string line_;  ///< the current line, as far as it has arrived
  std::string type_, data_, id_, last_id_;
  std::optional<int64_t> retry_;
  bool first_line_ = true, after_cr_ = false, has_data_ = false;
  /// The rest of the current line, or of the current event, is not kept.
  bool skips_line_ = false, skips_event_ = false;
};

}  // namespace callgate
