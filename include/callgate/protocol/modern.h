// The modern era's way to speak: what a request says of its client in `_meta`.
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
/// The extensions that we route ourselves.
inline constexpr std::string_view kTasksExtension = "io.modelcontextprotocol/tasks";

/// The key of the version is there, whatever its value: a request of the modern era, or one that
/// must be refused, but never one of the legacy era.
bool is_modern(Value params);

/// What one request says; `capabilities` and `client_info` lie in its message.
struct ModernTerms {
  Value capabilities, client_info;
  int log_level = -1;  ///< -1: no log messages wanted
};
/// An error answer that the protocol room words.
struct RpcFault {
  ErrorCode code{};
  std::string message;
  std::string data;  ///< JSON text
};
/// Empty: `terms` is filled in.
std::optional<RpcFault> read_terms(Value params, ModernTerms& terms);

/// The capabilities hold the key, and for elicitation the mode ("form" when none is named) that
/// `params` of the question wants. Source: MCP 2025-11-25 "Elicitation", section "Capabilities".
bool allows_question(Value capabilities, std::string_view word, Value question_params);
/// `{"requiredCapabilities":{…}}` for an error of code MissingCapability.
std::string missing_capability(std::string_view word);

/// What we say of the client towards a modern server: JSON texts, and a log level or -1.
struct ModernMeta {
  std::string capabilities = "{}", client_info = "{}";
  int log_level = -1;
};
/// The `_meta` object that says so.
std::string meta_object(const ModernMeta& meta);

}  // namespace callgate
