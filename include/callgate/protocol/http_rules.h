// What MCP's HTTP transports ask of a request's head, and which status an answer has: tables and
// pure functions.
// Sources: MCP 2024-11-05, 2025-11-25 and 2026-07-28, "Transports"; RFC 9110.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/protocol/text.h"
#include "callgate/wire/http.h"
#include "callgate/wire/rpc.h"

namespace callgate {

/// The codes that the official SDKs use over HTTP outside any session.
inline constexpr ErrorCode kHttpGeneric{-32000}, kHttpNoSession{-32001};

/// A request that goes no further: the status, and what its body says as a JSON-RPC error.
struct HttpFault {
  int status = 0;
  ErrorCode code = kHttpGeneric;
  std::string message;
  std::string word;    ///< our own stable code; error.data.code
  std::string fields;  ///< further fields of the answer, each with its line end
};

enum class HttpPath { Mcp, Sse, Messages, Health };

/// Whom we believe to be: a page of another host that a browser was led to us with (DNS rebinding)
/// names its own.
class HttpHosts {
 public:
  /// localhost, 127.0.0.1 and [::1] always, and `others`, which are names or addresses without a
  /// port; an IPv6 address has its brackets.
  /// `origins` are whole ones, or `SCHEME://*`.
  explicit HttpHosts(std::vector<std::string> others = {}, std::vector<std::string> origins = {});
  /// `NAME` or `NAME:PORT`.
  bool knows_host(std::string_view host) const;
  /// `http://NAME` or `https://NAME`, with a port or without, or one of the origins.
  bool knows_origin(std::string_view origin) const;

 private:
  std::vector<std::string> names_, origins_;
};

struct HttpTarget {
  HttpPath path{};
  bool reads = false, writes = false, ends = false;  ///< GET (or HEAD), POST, DELETE
  bool preflight = false;  ///< a browser asks what a page of an allowed origin may send
  std::string origin;      ///< an allowed one; empty if the request names none
};
/// Host, origin, path and method, in this order. The token comes next.
std::optional<HttpFault> check_door(const HttpHead& head, const HttpHosts& hosts,
                                    HttpTarget& target);
/// Fields for each answer to a request of an allowed origin; empty if it named none.
/// Source: https://fetch.spec.whatwg.org/#http-cors-protocol
std::string origin_fields(const HttpTarget& target);
/// Further ones for the answer to a preflight.
std::string preflight_fields(const HttpHead& head);
/// Accept and content type of a request that passed the door.
std::optional<HttpFault> check_content(const HttpHead& head, const HttpTarget& target);
/// A media range of the list covers the type: itself, `type/*` or `*/*`.
bool accepts(std::string_view list, std::string_view type);
/// The header of a session's request; absent is fine.
std::optional<HttpFault> check_legacy_version(const HttpHead& head);
/// The headers of a modern request mirror its body.
std::optional<HttpFault> check_modern_headers(const HttpHead& head, const Rpc& rpc);
/// Arguments that the tool's schema marks with `x-mcp-header` travel in headers too, and those say
/// the same. `definition` is the tool's, `arguments` may be absent.
std::optional<HttpFault> check_param_headers(const HttpHead& head, Value definition,
                                             Value arguments);
inline constexpr std::string_view kHeaderMark = "x-mcp-header";
/// A field's value as it is meant: `=?base64?…?=` decoded. Empty: not valid Base64.
std::optional<std::string> header_value(std::string_view field);

/// Of an answer of the modern era with that JSON-RPC code; 0: a result.
int modern_status(int code);
/// Of an answer in a session.
int legacy_status(int code);
/// The body of a fault; `id` is JSON text or empty.
std::string fault_body(const HttpFault& fault, std::string_view id);

}  // namespace callgate
