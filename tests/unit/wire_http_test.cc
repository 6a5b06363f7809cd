// The reader of HTTP requests: which requests it accepts, and which it refuses with which status.
#include <algorithm>
#include <string>
#include <vector>

#include "callgate/wire/http.h"
#include "wire_test.h"

using namespace callgate;
using State = HttpReader::State;

namespace {

/// Reads `bytes`, `step` at a time. Returns the rest that the reader did not take.
std::string feed(HttpReader& reader, std::string_view bytes, size_t step = 1 << 20) {
  while (!bytes.empty() && (reader.state() == State::Head || reader.state() == State::Body)) {
    const size_t taken = reader.push(bytes.substr(0, step));
    bytes.remove_prefix(taken);
    if (taken == 0) break;
  }
  return std::string(bytes);
}

/// Returns the status with which these bytes are refused, 0 if they are a request, or 1 if they are
/// incomplete.
int refused(const std::string& bytes, HttpLimits limits = {}) {
  int first = 0;
  for (const size_t step : {size_t{1} << 20, size_t{1}, size_t{7}}) {
    HttpReader reader(limits);
    feed(reader, bytes, step);
    int status = 1;
    if (reader.state() == State::Refused) status = reader.refusal().status;
    if (reader.state() == State::Complete) status = 0;
    if (step > 7) first = status;
    CAPTURE(step);
    CHECK(status == first);
  }
  return first;
}

std::string with(const std::string& fields, const std::string& body = "") {
  return "POST /mcp HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n" + body;
}

}  // namespace

TEST_CASE("a request is read whole, however its reads are cut") {
  const std::string bytes =
      "POST /mcp?a=b HTTP/1.1\r\nHost: localhost:1\r\nAccept:a/b\r\naccept: \t c/d \r\n"
      "Content-Length: 5\r\n\r\nhello";
  for (size_t step = 1; step <= bytes.size(); ++step) {
    HttpReader reader;
    CHECK(feed(reader, bytes, step).empty());
    REQUIRE(reader.state() == State::Complete);
    CHECK(reader.head().method() == "POST");
    CHECK(reader.head().path() == "/mcp");
    CHECK(reader.head().query() == "a=b");
    CHECK(reader.head().field("HOST") == "localhost:1");
    CHECK(reader.head().field("accept") == "a/b");
    CHECK(reader.head().list("Accept") == "a/b,c/d");
    CHECK_FALSE(reader.head().field("origin"));
    CHECK(reader.head().keep_alive());
    CHECK(reader.take_body() == "hello");
  }
}

TEST_CASE("requests follow each other on one connection") {
  const std::string first = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string second = "\r\nPOST /b HTTP/1.1\r\nHost: y\r\nContent-Length: 2\r\n\r\nok";
  HttpReader reader;
  CHECK(feed(reader, first + second) == second);
  CHECK(reader.head().path() == "/a");
  reader.next();
  CHECK_FALSE(reader.begun());
  CHECK(feed(reader, second).empty());
  CHECK(reader.head().path() == "/b");
  CHECK(reader.head().field("host") == "y");
  CHECK(reader.take_body() == "ok");
}

TEST_CASE("a chunked body is joined, and extensions and trailers are dropped") {
  const std::string bytes = with("Transfer-Encoding: Chunked\r\n",
                                 "5\r\nhello\r\n1;x=y\r\n \r\n00a\r\n0123456789\r\n0\r\n"
                                 "Digest: x\r\n\r\nGET");
  for (size_t step = 1; step <= bytes.size(); ++step) {
    HttpReader reader;
    CHECK(feed(reader, bytes, step) == "GET");
    REQUIRE(reader.state() == State::Complete);
    CHECK(reader.take_body() == "hello 0123456789");
  }
}

TEST_CASE("the head is available before the body is read") {
  HttpReader reader;
  const std::string head = with("Content-Length: 3\r\nExpect: 100-Continue\r\n");
  CHECK(reader.push(head + "abc") == head.size());
  CHECK(reader.state() == State::Body);
  CHECK(reader.head().expects_continue());
  CHECK(reader.head().length() == 3);
}

TEST_CASE("HTTP/1.0 and Connection: close end a connection") {
  HttpReader reader;
  feed(reader, "GET / HTTP/1.0\r\n\r\n");
  REQUIRE(reader.state() == State::Complete);
  CHECK(reader.head().http_1_0());
  CHECK_FALSE(reader.head().keep_alive());
  HttpReader other;
  feed(other, with("Connection: x, Close\r\n"));
  CHECK_FALSE(other.head().keep_alive());
}

TEST_CASE("an absolute target must name the same host as the field") {
  HttpReader reader;
  feed(reader, "GET http://Box:1/mcp?q HTTP/1.1\r\nHost: box:1\r\n\r\n");
  REQUIRE(reader.state() == State::Complete);
  CHECK(reader.head().path() == "/mcp");
  CHECK(reader.head().query() == "q");
  CHECK(refused("GET http://evil/mcp HTTP/1.1\r\nHost: box\r\n\r\n") == 400);
  CHECK(refused("GET http://box HTTP/1.1\r\nHost: box\r\n\r\n") == 400);
}

TEST_CASE("a request that two readers could read differently is refused") {
  struct Case {
    int status;
    std::string bytes;
  };
  const std::string nul("Host: a\0b\r\n", 11);
  const std::vector<Case> cases = {
      // line ends
      {400, "GET / HTTP/1.1\nHost: a\n\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\rb: c\r\n\r\n"},
      {400, "\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      // the request line
      {400, "GET /\r\nHost: a\r\n\r\n"},
      {400, "GET  / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {400, " GET / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {400, "GET / HTTP/1.1 \r\nHost: a\r\n\r\n"},
      {400, "G\tT / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {400, "GET /a b HTTP/1.1\r\nHost: a\r\n\r\n"},
      {400, "GET /\x7f HTTP/1.1\r\nHost: a\r\n\r\n"},
      {400, "GET /\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n"},
      {400, "GET /#f HTTP/1.1\r\nHost: a\r\n\r\n"},
      {400, "GET * HTTP/1.1\r\nHost: a\r\n\r\n"},
      {400, "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n"},
      {400, "GET / http/1.1\r\nHost: a\r\n\r\n"},
      {505, "GET / HTTP/2.0\r\nHost: a\r\n\r\n"},
      {505, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"},
      {501, std::string(33, 'A') + " / HTTP/1.1\r\nHost: a\r\n\r\n"},
      {400, "\x16\x03\x01\x02\n"},
      // fields
      {400, "GET / HTTP/1.1\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost : a\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\r\n\tb\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\r\nX\xc3: b\r\n\r\n"},
      {400, "GET / HTTP/1.1\r\n" + nul + "\r\n"},
      {400, "GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n"},
      {400, with("Authorization: a\r\nAuthorization: a\r\n")},
      {400, with("Mcp-Session-Id: a\r\nmcp-session-id: b\r\n")},
      {400, with("Origin: a\r\nORIGIN: a\r\n")},
      {417, with("Expect: tea\r\n")},
      // the body's length
      {400, with("Content-Length: 1\r\nContent-Length: 1\r\n", "a")},
      {400, with("Content-Length: 1\r\nContent-Length: 2\r\n", "ab")},
      {400, with("Content-Length: 1, 1\r\n", "a")},
      {400, with("Content-Length: +1\r\n", "a")},
      {400, with("Content-Length: -1\r\n", "a")},
      {400, with("Content-Length: 0x1\r\n", "a")},
      {400, with("Content-Length: 1 1\r\n", "a")},
      {400, with("Content-Length:\r\n")},
      {413, with("Content-Length: 99999999999999999999\r\n")},
      {413, with("Content-Length: 18446744073709551615\r\n")},
      {400, with("Content-Length: 1\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {400, with("Transfer-Encoding: chunked\r\nContent-Length: 1\r\n", "0\r\n\r\n")},
      {400, with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n")},
      {501, with("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n")},
      {501, with("Transfer-Encoding: \x0bchunked\r\n").replace(55, 1, "x")},
      {501, with("Transfer-Encoding:\r\n")},
      {400, "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      // chunks
      {400, with("Transfer-Encoding: chunked\r\n", "x\r\n")},
      {400, with("Transfer-Encoding: chunked\r\n", "\r\n")},
      {400, with("Transfer-Encoding: chunked\r\n", "-1\r\n")},
      {400, with("Transfer-Encoding: chunked\r\n", "0x1\r\na\r\n")},
      {400, with("Transfer-Encoding: chunked\r\n", " 1\r\na\r\n")},
      {400, with("Transfer-Encoding: chunked\r\n", "1 \r\na\r\n")},
      {400, with("Transfer-Encoding: chunked\r\n", "1\na\r\n")},
      {400, with("Transfer-Encoding: chunked\r\n", "1\r\nab\r\n")},
      {400, with("Transfer-Encoding: chunked\r\n", "1\r\na\n")},
      {400, with("Transfer-Encoding: chunked\r\n", "1;\x01\r\na\r\n")},
      {400, with("Transfer-Encoding: chunked\r\n", "10000000000000000\r\n")},
      {413, with("Transfer-Encoding: chunked\r\n", "ffffffffffffffff\r\n")},
      {400, with("Transfer-Encoding: chunked\r\n", "0\r\nbad trailer\r\n\r\n")},
      {400, with("Transfer-Encoding: chunked\r\n", "0\r\n x: y\r\n\r\n")},
  };
  for (const Case& one : cases) {
    CAPTURE(one.bytes);
    CHECK(refused(one.bytes) == one.status);
  }
}

TEST_CASE("heads, targets, fields and bodies are read at their limits, and refused beyond them") {
  HttpLimits limits;
  const auto head_of = [](size_t size) {
    std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\nX: \r\n\r\n";
    return bytes.insert(bytes.size() - 4, size - bytes.size(), 'x');
  };
  CHECK(refused(head_of(limits.head)) == 0);
  CHECK(refused(head_of(limits.head + 1)) == 431);

  const auto target_of = [](size_t size) {
    return "GET /" + std::string(size - 1, 'x') + " HTTP/1.1\r\nHost: a\r\n\r\n";
  };
  CHECK(refused(target_of(limits.target)) == 0);
  CHECK(refused(target_of(limits.target + 1)) == 414);
  CHECK(refused(target_of(limits.head)) == 414);

  const auto fields_of = [](size_t count) {
    std::string bytes = "GET / HTTP/1.1\r\nHost: a\r\n";
    for (size_t i = 1; i < count; ++i) bytes += "X: y\r\n";
    return bytes + "\r\n";
  };
  CHECK(refused(fields_of(limits.fields)) == 0);
  CHECK(refused(fields_of(limits.fields + 1)) == 431);

  limits.body = 10;
  CHECK(refused(with("Content-Length: 10\r\n", "0123456789"), limits) == 0);
  CHECK(refused(with("Content-Length: 11\r\n"), limits) == 413);
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  CHECK(refused(with(chunked, "6\r\n012345\r\n4\r\n6789\r\n0\r\n\r\n"), limits) == 0);
  CHECK(refused(with(chunked, "6\r\n012345\r\n5\r\n"), limits) == 413);

  // The other four bytes are the size, the semicolon, CR and LF.
  const std::string extension = ";" + std::string(256 - 4, 'x');
  CHECK(refused(with(chunked, "1" + extension + "\r\na\r\n0\r\n\r\n")) == 0);
  CHECK(refused(with(chunked, "1" + extension + "x\r\na\r\n0\r\n\r\n")) == 400);
  const std::string trailer = "X:" + std::string(4096 - 6, 'x') + "\r\n";
  CHECK(refused(with(chunked, "0\r\n" + trailer + "\r\n")) == 0);
  CHECK(refused(with(chunked, "0\r\n" + trailer + "Y:\r\n\r\n")) == 400);
}

TEST_CASE("an incomplete request is neither complete nor refused") {
  CHECK(refused("GET / HTTP/1.1\r\nHost: a\r\n") == 1);
  CHECK(refused(with("Content-Length: 2\r\n", "a")) == 1);
  CHECK(refused(with("Transfer-Encoding: chunked\r\n", "0\r\n")) == 1);
}

TEST_CASE("answers begin with a status line, and chunks with their size") {
  CHECK(http_response_head(200, "A: b\r\n") == "HTTP/1.1 200 OK\r\nA: b\r\n\r\n");
  CHECK(http_chunk_begin(1) == "1\r\n");
  CHECK(http_chunk_begin(0xfffffffffffff) == "fffffffffffff\r\n");
}

TEST_CASE("fields of HTTP and MCP are recognised in any case") {
  for (const char* name : {"Accept", "HOST", "content-type", "Mcp-Session-Id", "MCP-Other"})
    CHECK(is_protocol_field(name));
  for (const char* name : {"Authorization", "X-Host", "Cookie", "Mcp", ""})
    CHECK_FALSE(is_protocol_field(name));
}
