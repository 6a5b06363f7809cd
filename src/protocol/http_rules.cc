#include "callgate/protocol/http_rules.h"

#include <algorithm>
#include <array>
#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/base/text.h"
#include "callgate/protocol/revisions.h"

namespace callgate {

namespace {

constexpr std::string_view kBlank = " \t";  // RFC 9110, section 5.6.3: OWS

constexpr std::string_view kJson = "application/json", kEvents = "text/event-stream";

HttpFault forbidden(std::string message, std::string word) {
  return {.status = 403, .message = std::move(message), .word = std::move(word)};
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && std::all_of(text.begin(), text.end(), is_digit);
}

std::string_view without_port(std::string_view host) {
  const size_t colon = host.rfind(':');
  // A colon within brackets is part of an IPv6 address.
  if (colon == std::string_view::npos || host.ends_with(']')) return host;
  return is_port(host.substr(colon + 1)) ? host.substr(0, colon) : std::string_view();
}

struct Path {
  std::string_view text;
  HttpPath path;
  bool reads, writes, ends;
  std::string_view allow;
};

constexpr std::array kPaths = {
    Path{"/mcp", HttpPath::Mcp, true, true, true, "GET, POST, DELETE"},
    Path{"/sse", HttpPath::Sse, true, false, false, "GET"},
    Path{"/messages", HttpPath::Messages, false, true, false, "POST"},
    Path{"/healthz", HttpPath::Health, true, false, false, "GET, HEAD"},
};

// The headers that MCP uses. A browser allows a page to send (kSent) or to read (kRead) only the
// headers that the gate's response lists for the page.
constexpr std::string_view kSent =
    "Authorization, Content-Type, Accept, Last-Event-ID, Mcp-Session-Id, MCP-Protocol-Version, "
    "Mcp-Method, Mcp-Name";
constexpr std::string_view kRead = "Mcp-Session-Id, MCP-Protocol-Version, WWW-Authenticate";
constexpr std::string_view kParam = "mcp-param-";  // followed by a name that a tool's schema chose
constexpr size_t kMostParams = 64, kLongestParam = 128;

// Removes a slash at the end. Clients' documentation writes the paths sometimes with this slash and
// sometimes without it.
std::string_view without_slash(std::string_view path) {
  return path.size() > 1 && path.ends_with('/') ? path.substr(0, path.size() - 1) : path;
}

const Path* path_of(const HttpHead& head) {
  const std::string_view wanted = without_slash(head.path());
  const auto found = std::find_if(kPaths.begin(), kPaths.end(),
                                  [&](const Path& path) { return path.text == wanted; });
  return found == kPaths.end() ? nullptr : &*found;
}

bool is_name(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; });
}

constexpr std::array<std::string_view, 9> kHttpMethods = {
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"};

std::optional<HttpFault> check_method(const HttpHead& head, const Path& path, HttpTarget& target) {
  const std::string_view method = head.method();
  target.path = path.path;
  target.reads = method == "GET" || (method == "HEAD" && path.path == HttpPath::Health);
  target.writes = method == "POST";
  target.ends = method == "DELETE";
  target.preflight = method == "OPTIONS" && !target.origin.empty();
  if (target.preflight || (target.reads && path.reads) || (target.writes && path.writes) ||
      (target.ends && path.ends))
    return std::nullopt;
  if (std::find(kHttpMethods.begin(), kHttpMethods.end(), method) == kHttpMethods.end())
    return HttpFault{
        .status = 501, .message = "callgate does not know this HTTP method", .word = "http.method"};
  return HttpFault{.status = 405,
                   .message = "this path does not accept the method " + std::string(method),
                   .word = "http.method",
                   .fields = "Allow: " + std::string(path.allow) + "\r\n"};
}

}  // namespace

HttpHosts::HttpHosts(std::vector<std::string> others, std::vector<std::string> origins)
    : names_(std::move(others)), origins_(std::move(origins)) {
  names_.insert(names_.end(), {"localhost", "127.0.0.1", "[::1]"});
}

bool HttpHosts::knows_host(std::string_view host) const {
  const std::string_view name = without_port(host);
  return std::any_of(names_.begin(), names_.end(),
                     [name](const std::string& known) { return equal_ignoring_case(known, name); });
}

bool HttpHosts::knows_origin(std::string_view origin) const {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme) && knows_host(origin.substr(scheme.size()))) return true;
  }
  const auto covers = [origin](const std::string& known) {
    const std::string_view all = std::string_view(known).substr(0, known.size() - 1);
    const bool any = known.ends_with("://*");
    return any ? origin.size() > all.size() && origin.starts_with(all) : origin == known;
  };
  return std::any_of(origins_.begin(), origins_.end(), covers);
}

std::optional<HttpFault> check_door(const HttpHead& head, const HttpHosts& hosts,
                                    HttpTarget& target) {
  target = {};
  const auto host = head.field("host");
  if (host && !hosts.knows_host(*host))
    return forbidden("the host is not allowed (http.hosts)", "http.host");
  const auto origin = head.field("origin");
  if (origin && !hosts.knows_origin(*origin))
    return forbidden("the origin is not allowed (http.hosts, http.origins)", "http.origin");
  if (origin) target.origin = *origin;
  if (const Path* path = path_of(head)) return check_method(head, *path, target);
  return HttpFault{
      .status = 404,
      .message = "this path does not exist; the paths are /mcp, /sse, /messages and /healthz",
      .word = "http.path"};
}

std::string origin_fields(const HttpTarget& target) {
  if (target.origin.empty()) return "";
  return "Access-Control-Allow-Origin: " + target.origin +
         "\r\nVary: Origin\r\nAccess-Control-Expose-Headers: " + std::string(kRead) + "\r\n";
}

std::string preflight_fields(const HttpHead& head) {
  const Path* path = path_of(head);
  std::string headers(kSent);
  std::string_view wanted = head.field("access-control-request-headers").value_or("");
  for (size_t count = 0; !wanted.empty() && count < kMostParams; ++count) {
    const size_t comma = wanted.find(',');
    const std::string_view name = trimmed(wanted.substr(0, comma), kBlank);
    wanted.remove_prefix(comma == std::string_view::npos ? wanted.size() : comma + 1);
    const bool param = name.size() > kParam.size() && name.size() <= kLongestParam &&
                       equal_ignoring_case(name.substr(0, kParam.size()), kParam) && is_name(name);
    if (param) (headers += ", ") += name;
  }
  std::string fields = "Access-Control-Allow-Methods: " + std::string(path ? path->allow : "") +
                       "\r\nAccess-Control-Allow-Headers: " + headers +
                       "\r\nAccess-Control-Max-Age: 600\r\n";
  // A page from another network may send requests only if the response has this field as well:
  // https://wicg.github.io/private-network-access/
  if (head.field("access-control-request-private-network").value_or("") == "true")
    fields += "Access-Control-Allow-Private-Network: true\r\n";
  return fields;
}

bool accepts(std::string_view list, std::string_view type) {
  const std::string_view kind = type.substr(0, type.find('/'));
  while (!list.empty()) {
    const size_t comma = list.find(',');
    std::string_view range = list.substr(0, comma);
    list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    range = trimmed(range.substr(0, range.find(';')), kBlank);
    if (equal_ignoring_case(range, type) || range == "*/*") return true;
    if (range.ends_with("/*") && equal_ignoring_case(range.substr(0, range.size() - 2), kind))
      return true;
  }
  return false;
}

std::optional<HttpFault> check_content(const HttpHead& head, const HttpTarget& target) {
  if (target.path == HttpPath::Health || target.ends) return std::nullopt;
  const std::string accept = head.list("accept");
  const bool events = accepts(accept, kEvents);
  if (target.reads && !events && (target.path == HttpPath::Mcp || !accept.empty()))
    return HttpFault{.status = 406,
                     .message = "the client must accept text/event-stream",
                     .word = "http.accept"};
  if (!target.writes) return std::nullopt;
  if (target.path == HttpPath::Mcp && (!events || !accepts(accept, kJson)))
    return HttpFault{.status = 406,
                     .message = "the client must accept application/json and text/event-stream",
                     .word = "http.accept"};
  const std::string_view type = head.field("content-type").value_or("");
  if (!equal_ignoring_case(trimmed(type.substr(0, type.find(';')), kBlank), kJson))
    return HttpFault{.status = 415,
                     .message = "the content type must be application/json",
                     .word = "http.content_type"};
  return std::nullopt;
}

std::optional<HttpFault> check_legacy_version(const HttpHead& head) {
  const auto version = head.field("mcp-protocol-version");
  if (!version || revision_of(*version)) return std::nullopt;
  return HttpFault{
      .status = 400,
      .message =
          "the header MCP-Protocol-Version names no revision that callgate supports in "
          "sessions (2024-11-05 to 2025-11-25)",
      .word = "http.version"};
}

int modern_status(int code) {
  switch (ErrorCode{code}) {
    case ErrorCode::MethodNotFound:
      return 404;
    case ErrorCode::Parse:
    case ErrorCode::InvalidRequest:
    case ErrorCode::HeaderMismatch:
    case ErrorCode::MissingCapability:
    case ErrorCode::UnsupportedVersion:
      return 400;
    default:
      return 200;
  }
}

int legacy_status(int code) {
  const ErrorCode error{code};
  return error == ErrorCode::Parse || error == ErrorCode::InvalidRequest ? 400 : 200;
}

std::string fault_body(const HttpFault& fault, std::string_view id) {
  return write_error(id, fault.code, fault.message, fault.word);
}

}  // namespace callgate
