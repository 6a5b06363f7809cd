// What MCP's HTTP transports require of a request's head, and the HTTP status of an answer: tables
// and pure functions.
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

/// Why a request is refused: the HTTP status, and the JSON-RPC error for the body.
struct HttpFault {
  int status = 0;
  ErrorCode code = kHttpGeneric;
  std::string message;
  std::string word;    ///< our own stable code, in error.data.code
  std::string fields;  ///< further header fields of the response, each with its line end
};

enum class HttpPath { Mcp, Sse, Messages, Health };

/// The hosts that this gate answers for. A web page of another host that reaches us by DNS
/// rebinding sends its own host name, and is refused.
class HttpHosts {
 public:
  /// localhost, 127.0.0.1 and [::1] are always known. `others` are further names or addresses
  /// without a port; an IPv6 address has its brackets. `origins` are whole origins, or
  /// `SCHEME://*`.
  explicit HttpHosts(std::vector<std::string> others = {}, std::vector<std::string> origins = {});
  /// `host` is `NAME` or `NAME:PORT`.
  bool knows_host(std::string_view host) const;
  /// True for `http://NAME` and `https://NAME` of a known host, with or without a port, and for the
  /// origins given to the constructor.
  bool knows_origin(std::string_view origin) const;

 private:
  std::vector<std::string> names_, origins_;
};

struct HttpTarget {
  HttpPath path{};
  bool reads = false, writes = false, ends = false;  ///< GET (or HEAD), POST, DELETE
  bool preflight = false;  ///< a browser asks which requests a page of an allowed origin may send
  std::string origin;      ///< an allowed origin; empty if the request names none
};
/// Checks host, origin, path and method, in this order, and fills `target`. The caller checks the
/// token after that.
std::optional<HttpFault> check_door(const HttpHead& head, const HttpHosts& hosts,
                                    HttpTarget& target);
/// Fields for each response to a request of an allowed origin; empty if the request named none.
/// Source: https://fetch.spec.whatwg.org/#http-cors-protocol
std::string origin_fields(const HttpTarget& target);
/// Further fields for the response to a preflight.
std::string preflight_fields(const HttpHead& head);
/// Checks Accept and Content-Type of a request that passed check_door().
std::optional<HttpFault> check_content(const HttpHead& head, const HttpTarget& target);
/// True if a media range of `list` covers `type`: the type itself, `type/*` or `*/*`.
bool accepts(std::string_view list, std::string_view type);
/// Checks MCP-Protocol-Version of a request in a session. The header may be absent.
std::optional<HttpFault> check_legacy_version(const HttpHead& head);
/// Checks that the headers of a modern request say the same as its body.
std::optional<HttpFault> check_modern_headers(const HttpHead& head, const Rpc& rpc);
/// Checks the headers that repeat arguments: the tool's schema marks such arguments with
/// `x-mcp-header`. `definition` is the tool's definition. `arguments` may be absent.
std::optional<HttpFault> check_param_headers(const HttpHead& head, Value definition,
                                             Value arguments);
inline constexpr std::string_view kHeaderMark = "x-mcp-header";
/// The value that a field carries, with `=?base64?…?=` decoded; empty if that is not valid Base64.
std::optional<std::string> header_value(std::string_view field);

/// The HTTP status for an answer in the modern era. `code` is its JSON-RPC error code, or 0 for a
/// result.
int modern_status(int code);
/// The same for an answer in a session.
int legacy_status(int code);
/// The response body for a fault. `id` is JSON text or empty.
std::string fault_body(const HttpFault& fault, std::string_view id);

}  // namespace callgate
