// Checks the headers of the modern era (see revisions.h) that must repeat values of the body.
// Source: MCP 2026-07-28 "Streamable HTTP", sections on standard and custom headers.
#include <charconv>
#include <utility>

#include "callgate/base/base64.h"
#include "callgate/protocol/http_rules.h"
#include "callgate/protocol/modern.h"

namespace callgate {

namespace {

HttpFault mismatch(std::string message) {
  return {.status = 400,
          .code = ErrorCode::HeaderMismatch,
          .message = std::move(message),
          .word = "http.header"};
}

// Returns the key of the member of params that the header Mcp-Name must repeat; empty if requests
// with this method have no Mcp-Name.
std::string_view named_by(Value method) {
  if (method.text_is("tools/call") || method.text_is("prompts/get")) return "name";
  if (method.text_is("resources/read")) return "uri";
  for (const std::string_view task : {"tasks/get", "tasks/update", "tasks/cancel"}) {
    if (method.text_is(task)) return "taskId";
  }
  return "";
}

std::optional<HttpFault> check_mirror(const HttpHead& head, std::string_view field,
                                      std::string_view shown, Value value) {
  const auto there = head.field(field);
  if (!there) return mismatch("the header " + std::string(shown) + " is missing");
  const auto meant = header_value(*there);
  if (!meant) return mismatch("the header " + std::string(shown) + " is not valid Base64");
  if (!value.text_is(*meant))
    return mismatch("the header " + std::string(shown) + " differs from the body");
  return std::nullopt;
}

bool equals(std::string_view header, Value value) {
  if (value.is_string()) return value.text_is(header);
  if (const auto flag = value.boolean()) return header == (*flag ? "true" : "false");
  const auto number = value.integer();
  int64_t parsed = 0;
  const char* end = header.data() + header.size();
  const auto [rest, error] = std::from_chars(header.data(), end, parsed);
  return number && error == std::errc() && rest == end && parsed == *number;
}

std::optional<HttpFault> check_param(const HttpHead& head, const std::string& field, Value value) {
  const bool there = head.field(field).has_value();
  const bool wanted = value && !value.is(NodeKind::Null);
  if (!there && !wanted) return std::nullopt;
  if (!there) return mismatch("the header " + field + " is missing");
  const auto meant = header_value(head.list(field));
  if (!meant) return mismatch("the header " + field + " is not valid Base64");
  if (!wanted || !equals(*meant, value))
    return mismatch("the header " + field + " differs from the body");
  return std::nullopt;
}

// Recurses as deep as the schema, whose depth Walker has limited.
std::optional<HttpFault> check_properties(const HttpHead& head, Value schema, Value arguments) {
  const Value properties = schema.find("properties");
  if (!properties.is_object()) return std::nullopt;
  for (const Value property : properties) {
    if (!property.is_object()) continue;
    const Value value = arguments ? arguments.find(property.key()) : Value();
    const Value name = property.find(kHeaderMark);
    if (name.is_string()) {
      if (auto fault = check_param(head, "Mcp-Param-" + name.text(), value)) return fault;
    } else if (auto fault = check_properties(head, property, value)) {
      return fault;
    }
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> header_value(std::string_view field) {
  constexpr std::string_view kMark = "=?base64?", kEnd = "?=";
  if (!field.starts_with(kMark) || !field.ends_with(kEnd) ||
      field.size() < kMark.size() + kEnd.size())
    return std::string(field);
  return base64_decoded(field.substr(kMark.size(), field.size() - kMark.size() - kEnd.size()));
}

std::optional<HttpFault> check_modern_headers(const HttpHead& head, const Rpc& rpc) {
  // Only requests must have these headers (2026-07-28, "Streamable HTTP"). But if any message has
  // one of these headers, its value must be right.
  const bool needed = rpc.kind == RpcKind::Request;
  const Value version = rpc.params.find("_meta").find(kMetaVersion);
  if (needed || head.field("mcp-protocol-version")) {
    if (auto fault = check_mirror(head, "mcp-protocol-version", "MCP-Protocol-Version", version))
      return fault;
  }
  if (needed || head.field("mcp-method")) {
    if (auto fault = check_mirror(head, "mcp-method", "Mcp-Method", rpc.method)) return fault;
  }
  const std::string_view member = named_by(rpc.method);
  if (member.empty()) return std::nullopt;
  const Value named = rpc.params.find(member);
  // If the member is missing, the request is not valid. The client should get the error about the
  // params, not an error about a header.
  return named.is_string() ? check_mirror(head, "mcp-name", "Mcp-Name", named) : std::nullopt;
}

std::optional<HttpFault> check_param_headers(const HttpHead& head, Value definition,
                                             Value arguments) {
  return check_properties(head, definition.find("inputSchema"), arguments);
}

}  // namespace callgate
