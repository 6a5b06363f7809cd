// HTTP/1.1 as bytes (RFC 9110, RFC 9112): a strict reader of requests, and the text of responses.
// The reader refuses a request that two HTTP readers could understand differently.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

struct HttpLimits {
  /// The most bytes of the request line and the fields, including their line ends.
  size_t head = size_t{16} << 10;
  size_t target = size_t{8} << 10;  ///< bytes of the target in the request line
  size_t fields = 100;
  size_t body = size_t{16} << 20;
};

/// Why a request cannot be read: the status of the response and a sentence for its body.
struct HttpRefusal {
  int status = 0;
  std::string why;
};

/// A request's line and fields. The functions return views into this object, which are valid until
/// HttpReader::next().
class HttpHead {
 public:
  enum class Body { None, Length, Chunked };

  std::string_view method() const { return view(method_); }
  /// Returns the path of the request's target. query() returns the part after the `?`.
  std::string_view path() const { return view(path_); }
  std::string_view query() const { return view(query_); }
  /// Returns the value of the first field of that name, without white space around it. Fields that
  /// identify the client or the request (host, authorization, …) appear only once, because
  /// HttpReader refuses a head that repeats such a field.
  std::optional<std::string_view> field(std::string_view name) const;
  /// Returns the values of all fields of that name, joined by commas into one list.
  std::string list(std::string_view name) const;
  bool http_1_0() const { return old_; }
  /// True if another request may follow on this connection.
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

/// Reads the requests of one connection, one after the other. Holds only the head and body of the
/// current request. Use it on one thread.
class HttpReader {
 public:
  enum class State {
    Head,      ///< waiting for a head, or reading it
    Body,      ///< the head is complete, its body is being read
    Complete,  ///< head and body are complete and valid until next()
    /// A request was refused; nothing more is read, because the start of the next request is
    /// unknown.
    Refused,
  };

  explicit HttpReader(HttpLimits limits = {});
  /// Reads `bytes` until the state changes or all bytes are read. Returns how many bytes were read.
  size_t push(std::string_view bytes);
  State state() const { return state_; }
  /// True if any byte of the current request has arrived.
  bool begun() const { return state_ != State::Head || !head_.text_.empty(); }
  /// How many bytes of the current body have arrived.
  size_t body_bytes() const { return body_.size(); }
  const HttpHead& head() const { return head_; }
  const HttpRefusal& refusal() const { return refusal_; }
  std::string take_body() { return std::move(body_); }
  /// Prepares for the next request. It may be called only in the state Complete.
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
  HttpHead::Span authority_;  // host and port of an absolute target
  size_t line_begin_ = 0;
  bool first_line_ = true;
  std::string body_, line_;
  Chunk chunk_ = Chunk::Size;
  // How many bytes of the body, or of the current chunk, have not arrived yet.
  uint64_t left_ = 0;
  size_t trailers_ = 0;  // bytes
};

/// Returns the reason phrase of a status: `OK`, `Not Found` …; empty for a status that the gate
/// never sends.
std::string_view http_reason(int status);
/// True for a field of requests that callgate itself writes, because it belongs to HTTP or to MCP:
/// Host, Accept, Content-Type, Mcp-Session-Id … Nobody else may set such a field.
bool is_protocol_field(std::string_view name);
/// Returns a response's status line and fields, with the empty line that ends a head. `fields` are
/// the fields to send, each with its line end.
std::string http_response_head(int status, std::string_view fields);
/// Returns the line before a chunk of `size` bytes; `size` must not be 0. After the chunk's bytes,
/// the caller must add a line end (RFC 9112 section 7.1).
std::string http_chunk_begin(size_t size);
inline constexpr std::string_view kLastHttpChunk = "0\r\n\r\n";

}  // namespace callgate
