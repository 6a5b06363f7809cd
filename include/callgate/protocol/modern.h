// Reads and writes the description of the client that each request of the modern era has in
// `_meta`. Source: MCP 2026-07-28 "Base Protocol", section "_meta"; "Versioning";
// "server/discover".
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
/// The extension for tasks, whose requests the gate routes to the right server.
inline constexpr std::string_view kTasksExtension = "io.modelcontextprotocol/tasks";

/// True if `_meta` in the params has the key of the protocol version, whatever the key's value is.
/// Such a request belongs to the modern era (or must be refused), and never to the legacy era.
bool is_modern(Value params);

/// What one request declares about its client. `capabilities` and `client_info` are views into the
/// request's message.
struct ModernTerms {
  Value capabilities, client_info;
  int log_level = -1;  ///< -1 if the client wants no log messages
};
/// An error answer that the gate writes itself.
struct RpcFault {
  ErrorCode code{};
  std::string message;
  std::string data;  ///< JSON text
};
/// Reads `terms` from a modern request's params. Returns the error answer if the request must be
/// refused, else nullopt.
std::optional<RpcFault> read_terms(Value params, ModernTerms& terms);

/// True if a client with these capabilities accepts a server's question. The client must have the
/// capability `word` ("sampling" …). A sampling request with tools also needs `sampling.tools`. An
/// elicitation needs the mode that its params name ("form" if they name no mode). Source: MCP
/// 2025-11-25 "Elicitation", section "Capabilities".
bool allows_question(Value capabilities, std::string_view word, Value question_params);
/// Returns the data of a MissingCapability error: `{"requiredCapabilities":{…}}`.
std::string missing_capability(std::string_view word);

/// The description of the client that the gate sends to a server of the modern era (MCP
/// 2026-07-28). `log_level` is -1 if the client does not want log messages.
struct ModernMeta {
  std::string capabilities = "{}", client_info = "{}";
  int log_level = -1;
};
/// Returns the `_meta` object with these values.
std::string meta_object(const ModernMeta& meta);

}  // namespace callgate
