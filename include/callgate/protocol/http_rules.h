// Checks that a request's head follows the rules of MCP's HTTP transports, and determines the HTTP
// status of an answer. Contains only tables and pure functions. Sources: MCP 2024-11-05, 2025-11-25
// and 2026-07-28, "Transports"; RFC 9110.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/protocol/text.h"
#include "callgate/wire/http.h"
#include "callgate/wire/rpc.h"

namespace callgate {

/// The error codes that the official SDKs use for HTTP requests that belong to no session.
inline constexpr ErrorCode kHttpGeneric{-32000}, kHttpNoSession{-32001};

/// Why a request is refused: the HTTP status, and the JSON-RPC error for the body.
struct HttpFault {
  int status = 0;
  ErrorCode code = kHttpGeneric;
  std::string message;
  std::string word;    ///< callgate's own stable code, for error.data.code
  std::string fields;  ///< further header fields of the response, each with its line end
};

enum class HttpPath { Mcp, Sse, Messages, Health };

/// The host names under which this gate answers requests. They protect against DNS rebinding: an
/// attacker lets the host name of a web page lead to this machine. The browser then sends that host
/// name in Host, and the gate refuses the request.
class HttpHosts {
 public:
  /// localhost, 127.0.0.1 and [::1] are always allowed. `others` are more host names or addresses
  /// without a port; an IPv6 address is in brackets. `origins` are more origins. Each of them is a
  /// complete origin or has the form `SCHEME://*`.
  explicit HttpHosts(std::vector<std::string> others = {}, std::vector<std::string> origins = {});
  /// True if the gate answers under that host. `host` is `NAME` or `NAME:PORT`.
  bool knows_host(std::string_view host) const;
  /// True for `http://NAME` and `https://NAME` of an allowed host, with or without a port, and for
  /// the origins that the constructor got.
  bool knows_origin(std::string_view origin) const;

 private:
  std::vector<std::string> names_, origins_;
};

struct HttpTarget {
  HttpPath path{};
  bool reads = false, writes = false, ends = false;  ///< the method is GET (or HEAD), POST, DELETE
  /// True for a preflight request. A browser sends it to ask which requests a page of an allowed
  /// origin may send.
  bool preflight = false;
  /// The request's origin, which is allowed; empty if the request has no Origin.
  std::string origin;
};
/// Checks host, origin, path and method, in this order, and fills `target`. After that, the caller
/// must check the token. Like all check functions, returns nullopt if the request passes the check.
std::optional<HttpFault> check_door(const HttpHead& head, const HttpHosts& hosts,
                                    HttpTarget& target);
/// Returns the header fields to add to each response to a request from an allowed origin; empty if
/// the request has no Origin. Source: https://fetch.spec.whatwg.org/#http-cors-protocol
std::string origin_fields(const HttpTarget& target);
/// Returns the header fields that only the response to a preflight has, in addition to
/// origin_fields().
std::string preflight_fields(const HttpHead& head);
/// Checks Accept and Content-Type of a request that passed check_door().
std::optional<HttpFault> check_content(const HttpHead& head, const HttpTarget& target);
/// True if a media range of `list` covers `type`: the type itself, `type/*` or `*/*`.
bool accepts(std::string_view list, std::string_view type);
/// Checks the header MCP-Protocol-Version of a request in a session. The header may be absent.
std::optional<HttpFault> check_legacy_version(const HttpHead& head);
/// Checks that the headers of a modern request have the same values as the request's body.
std::optional<HttpFault> check_modern_headers(const HttpHead& head, const Rpc& rpc);
/// Checks the headers of a tools/call that must repeat some of its arguments. The tool's input
/// schema marks these arguments with `x-mcp-header`. `definition` is the tool's definition.
/// `arguments` may be absent.
std::optional<HttpFault> check_param_headers(const HttpHead& head, Value definition,
                                             Value arguments);
inline constexpr std::string_view kHeaderMark = "x-mcp-header";
/// Returns the value of a header field, with `=?base64?…?=` decoded; nullopt if the Base64 is not
/// valid.
std::optional<std::string> header_value(std::string_view field);

/// Returns the HTTP status for an answer in the modern era. `code` is the answer's JSON-RPC error
/// code, or 0 for a result.
int modern_status(int code);
/// Like modern_status(), for an answer in a session.
int legacy_status(int code);
/// Returns the response body for a fault. `id` is the request's id as JSON text, or empty.
std::string fault_body(const HttpFault& fault, std::string_view id);

}  // namespace callgate
