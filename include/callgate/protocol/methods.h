// MCP's methods as one table: who may send each method, as what kind of message, and in which era.
// Sources: the unions ClientRequest, ServerRequest, ClientNotification and ServerNotification of
// the schemas of MCP 2024-11-05 to 2026-07-28; extension io.modelcontextprotocol/tasks.
#pragma once

#include <cstdint>
#include <string_view>

#include "callgate/protocol/revisions.h"
#include "callgate/wire/rpc.h"

namespace callgate {

enum class Method : uint8_t {
  // Requests.
  CallTool,
  GetPrompt,
  ReadResource,
  ListTools,
  ListPrompts,
  ListResources,
  ListTemplates,
  Subscribe,
  Unsubscribe,
  Complete,
  Listen,
  Ping,
  Initialize,
  Discover,
  SetLevel,
  Task,  ///< every `tasks/…` request of the era
  ListRoots,
  Sample,
  Elicit,
  // Notifications.
  Progress,
  Cancelled,
  LogMessage,
  ToolsChanged,
  PromptsChanged,
  ResourcesChanged,
  ResourceUpdated,
  Initialized,
  RootsChanged,
  TaskStatus,
  ElicitationComplete,
  Acknowledged,
  /// A method that no revision has.
  Unknown,
  /// A method that MCP has, but not from this side, as this kind of message or in this era; or a
  /// name that a lenient reader could mistake for one of MCP's; or an unusable name. Such a message
  /// is never forwarded.
  Misplaced,
};

enum class Sender : uint8_t { Client, Server };

/// The method of `rpc`, which is a request or a notification, when `sender` sends it in that era.
Method method_of(const Rpc& rpc, Sender sender, Era era);

/// A client's request of that name asks a server for something: it reads, calls or subscribes, or
/// MCP does not have it. Lists, pings and handshakes do not.
bool asks_a_server(std::string_view name);

}  // namespace callgate
