// How the modern era describes a request's client: in `_meta` of each request.
// Source: MCP 2026-07-28 "Base Protocol", section "_meta"; "Versioning"; "server/discover".
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "callgate/protocol/text.h"
#include "callgate/wire/message.h"

namespace callgate {

inline constexpr std::string_view kMetaVersion = "io.modelcontextprotocol/protocolVersion";
inline constexpr std::string_view kMetaCapabilities = "io.modelcontextprotocol/clientCapabilities";
inline constexpr std::string_view kMetaClientInfo = "io.modelcontextprotocol/clientInfo";
inline constexpr std::string_view kMetaLogLevel = "io.modelcontextprotocol/logLevel";
inline constexpr std::string_view kMetaServerInfo = "io.modelcontextprotocol/serverInfo";
inline constexpr std::string_view kMetaSubscription = "io.modelcontextprotocol/subscriptionId";
/// The extension that the gate routes itself.
inline constexpr std::string_view kTasksExtension = "io.modelcontextprotocol/tasks";

/// True if the params have the version's key, whatever its value. Such a request is of the modern
/// era, or must be refused; it is never of the legacy era.
bool is_modern(Value params);

/// What one request says about its client. `capabilities` and `client_info` are views into its
/// message.
struct ModernTerms {
  Value capabilities, client_info;
  int log_level = -1;  ///< -1: the client wants no log messages
};
/// An error answer whose text this room writes.
struct RpcFault {
  ErrorCode code{};
  std::string message;
  std::string data;  ///< JSON text
};
/// Fills `terms` and returns empty, or returns why the request is refused.
std::optional<RpcFault> read_terms(Value params, ModernTerms& terms);

/// True if `capabilities` has the capability `word` and, for elicitation, the mode that the
/// question's params name ("form" if they name none). Source: MCP 2025-11-25 "Elicitation", section
/// "Capabilities".
bool allows_question(Value capabilities, std::string_view word, Value question_params);
/// `{"requiredCapabilities":{…}}`, the data of a MissingCapability error.
std::string missing_capability(std::string_view word);

/// What the gate reports about the client to a modern server: JSON texts, and a log level or -1.
struct ModernMeta {
  std::string capabilities = "{}", client_info = "{}";
  int log_level = -1;
};
/// The `_meta` object with these values.
std::string meta_object(const ModernMeta& meta);

}  // namespace callgate
