#include "request_fields.h"

#include <algorithm>
#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/wire/http.h"

namespace callgate {

namespace {

constexpr size_t kLongestSessionId = 1024;
constexpr size_t kMostConfigured = 100, kLongestConfigured = 8192;
constexpr const char* kBothTypes = "application/json, text/event-stream";

/// Returns the member of params that Mcp-Name repeats; empty if the method has none.
std::string_view naming_member(const std::string& method) {
  if (method == "tools/call" || method == "prompts/get") return "name";
  if (method == "resources/read") return "uri";
  return method.starts_with("tasks/") ? "taskId" : "";
}

Status add_mirrored(WebFields& fields, const char* name, Value value) {
  if (!value.is_string()) return {};
  auto text = mirrored(value.text());
  if (!text) return text.error();
  fields.emplace_back(name, std::move(*text));
  return {};
}

Status add_modern(WebFields& fields, const GateMessage& message, const ParamFields& params) {
  const Rpc& rpc = message.rpc;
  const Value version = rpc.params.find("_meta").find("io.modelcontextprotocol/protocolVersion");
  if (auto status = add_mirrored(fields, "MCP-Protocol-Version", version); !status) return status;
  if (!message.is_request()) return {};
  if (auto status = add_mirrored(fields, "Mcp-Method", rpc.method); !status) return status;
  const Value name = rpc.params.find(naming_member(message.method));
  if (auto status = add_mirrored(fields, "Mcp-Name", name); !status) return status;
  return message.method == "tools/call" ? params.add(rpc.params, fields) : Status();
}

}  // namespace

Result<WebFields> post_fields(const GateMessage& message, const SessionTerms& terms,
                              const ParamFields& params) {
  WebFields fields{{"Content-Type", "application/json"}, {"Accept", kBothTypes}};
  if (message.modern) {
    if (const Status status = add_modern(fields, message, params); !status) return status.error();
  } else if (message.method != "initialize") {
    for (auto& field : session_fields(terms)) fields.push_back(std::move(field));
  }
  return fields;
}

WebFields stream_fields(const SessionTerms& terms, const std::string& last_id) {
  WebFields fields = session_fields(terms);
  fields.emplace_back("Accept", "text/event-stream");
  if (!last_id.empty()) fields.emplace_back("Last-Event-ID", last_id);
  return fields;
}

WebFields session_fields(const SessionTerms& terms) {
  WebFields fields;
  if (!terms.id.empty()) fields.emplace_back("Mcp-Session-Id", terms.id);
  if (!terms.version.empty()) fields.emplace_back("MCP-Protocol-Version", terms.version);
  return fields;
}

Status check_configured(const WebFields& fields) {
  const auto refuse = [](const std::string& name, const std::string& why) {
    return Error{"remote.field", "the header '" + name.substr(0, 100) + "' cannot be sent: " + why,
                 "change the server's headers"};
  };
  if (fields.size() > kMostConfigured)
    return refuse(fields.back().first, "there are more than " + std::to_string(kMostConfigured));
  for (const auto& [name, value] : fields) {
    if (!is_token(name)) return refuse(name, "this is no valid name");
    if (is_protocol_field(name)) return refuse(name, "callgate itself sets it");
    if (value.size() > kLongestConfigured)
      return refuse(name,
                    "its value has more than " + std::to_string(kLongestConfigured) + " bytes");
    if (std::any_of(value.begin(), value.end(), is_control))
      return refuse(name, "its value has a control character");
  }
  return {};
}

std::optional<std::string> session_id_of(const WebFields& fields) {
  for (const auto& [name, value] : fields) {
    if (!equal_ignoring_case(name, "Mcp-Session-Id")) continue;
    const bool visible =
        std::all_of(value.begin(), value.end(), [](char c) { return c > ' ' && c <= '~'; });
    if (visible && !value.empty() && value.size() <= kLongestSessionId) return value;
  }
  return std::nullopt;
}

}  // namespace callgate
