// The text of HTTP responses, and the fields that belong to the protocol.
#include <algorithm>
#include <array>
#include <charconv>

#include "callgate/base/ascii.h"
#include "callgate/wire/http.h"

namespace callgate {

std::string_view http_reason(int status) {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    case 508:
      return "Loop Detected";
    default:
      return "";
  }
}

bool is_protocol_field(std::string_view name) {
  using namespace std::string_view_literals;
  constexpr std::array kFields = {"accept"sv,       "accept-encoding"sv,
                                  "connection"sv,   "content-length"sv,
                                  "content-type"sv, "expect"sv,
                                  "host"sv,         "last-event-id"sv,
                                  "origin"sv,       "te"sv,
                                  "trailer"sv,      "proxy-authorization"sv,
                                  "upgrade"sv,      "transfer-encoding"sv};
  const std::string small = lowered(name);
  return small.starts_with("mcp-") ||
         std::find(kFields.begin(), kFields.end(), small) != kFields.end();
}

std::string http_response_head(int status, std::string_view fields) {
  const std::string_view reason = http_reason(status);
  std::string out;
  out.reserve(20 + reason.size() + fields.size());
  out += "HTTP/1.1 ";
  out += std::to_string(status);
  out += ' ';
  out += reason;
  out += "\r\n";
  out += fields;
  out += "\r\n";
  return out;
}

std::string http_chunk_begin(size_t size) {
  std::array<char, 20> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size() - 2, size, 16).ptr;
  end[0] = '\r';
  end[1] = '\n';
  return {text.data(), end + 2};
}

}  // namespace callgate
