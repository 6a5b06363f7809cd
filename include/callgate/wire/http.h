// HTTP/1.1 as bytes (RFC 9110, RFC 9112): a strict reader of requests, and the text of answers.
// What two readers could take for different requests is refused, not guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

struct HttpLimits {
  size_t head = size_t{16} << 10;   ///< request line and fields with their line ends
  size_t target = size_t{8} << 10;  ///< of the request line
  size_t fields = 100;
  size_t body = size_t{16} << 20;
};

/// Why a request cannot be read: the status that says so, and a sentence.
struct HttpRefusal {
  int status = 0;
  std::string why;
};

/// ASCII letters without case, as names of fields and hosts compare.
bool same_word(std::string_view a, std::string_view b);

/// A request's line and fields. Views are into this head and end with its reader's next request.
class HttpHead {
 public:
  enum class Body { None, Length, Chunked };

  std::string_view method() const { return view(method_); }
  /// The target's path, and what stands behind its `?`.
  std::string_view path() const { return view(path_); }
  std::string_view query() const { return view(query_); }
  /// The first field of that name, without the white space around its value. Those that say who
  /// asks and for what stand at most once (else the head is refused).
  std::optional<std::string_view> field(std::string_view name) const;
  /// The values of all fields of that name, comma between.
  std::string list(std::string_view name) const;
  bool http_1_0() const { return old_; }
  /// Another request may follow on this connection.
  bool keep_alive() const { return keep_alive_; }
  bool expects_continue() const { return expects_continue_; }
  Body body() const { return body_; }
  uint64_t length() const { return length_; }

 private:
  friend class HttpReader;
  struct Span {
    uint32_t begin = 0, end = 0;
  };
  struct Field {
    Span name, value;
  };
  std::string_view view(Span at) const {
    return std::string_view(text_).substr(at.begin, at.end - at.begin);
  }

  std::string text_;
  std::vector<Field> fields_;
  Span method_, path_, query_;
  bool old_ = false, keep_alive_ = true, expects_continue_ = false;
  Body body_ = Body::None;
  uint64_t length_ = 0;
};

/// One connection's requests, one after the other. Holds one head and one body. One thread.
class HttpReader {
 public:
  enum class State {
    Head,      ///< reading, or waiting for, a head
    Body,      ///< the head stands, its body is being read
    Complete,  ///< head and body stand until next()
    Refused,   ///< nothing more is read: where the next request would begin is not known
  };

  explicit HttpReader(HttpLimits limits = {});
  /// Takes bytes until the state changes or none are left; how many were taken.
  size_t push(std::string_view bytes);
  State state() const { return state_; }
  /// Bytes of the present request's head have come.
  bool begun() const { return state_ != State::Head || !head_.text_.empty(); }
  /// Bytes of the present body that have come.
  size_t body_bytes() const { return body_.size(); }
  const HttpHead& head() const { return head_; }
  const HttpRefusal& refusal() const { return refusal_; }
  std::string take_body() { return std::move(body_); }
  /// Begins the next request.
  void next();

 private:
  enum class Chunk { Size, Data, DataEnd, Trailer };

  size_t push_head(std::string_view bytes);
  size_t push_body(std::string_view bytes);
  size_t push_chunked(std::string_view bytes);
  size_t push_chunk_line(std::string_view bytes);
  void refuse(int status, std::string why);
  void head_line(std::string_view line, uint32_t at);
  void request_line(std::string_view line, uint32_t at);
  void target(std::string_view text, uint32_t at);
  void field_line(std::string_view line, uint32_t at);
  void head_done();
  bool check_host();
  bool find_body();
  bool find_length();
  void read_connection();
  void chunk_line(std::string_view line);

  HttpLimits limits_;
  State state_ = State::Head;
  HttpHead head_;
  HttpRefusal refusal_;
  HttpHead::Span authority_;  // of an absolute target
  size_t line_begin_ = 0;
  bool first_line_ = true;
  std::string body_, line_;
  Chunk chunk_ = Chunk::Size;
  uint64_t left_ = 0;    // of the body, or of the present chunk
  size_t trailers_ = 0;  // bytes
};

/// `OK`, `Not Found`; empty for a status that we never send.
std::string_view http_reason(int status);
/// Status line and fields up to the empty line. `fields` are further ones, each with its line end.
std::string http_response_head(int status, std::string_view fields);
/// What stands before a chunk of that size, which is not 0; behind it stands a line end (RFC 9112
/// section 7.1).
std::string http_chunk_begin(size_t size);
inline constexpr std::string_view kLastHttpChunk = "0\r\n\r\n";

}  // namespace callgate
