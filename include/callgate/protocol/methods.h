// MCP's methods as one table: who may send each method (client or server), whether it is a request
// or a notification, and in which eras it exists. Sources: the unions ClientRequest, ServerRequest,
// ClientNotification and ServerNotification of the schemas of MCP 2024-11-05 to 2026-07-28;
// extension io.modelcontextprotocol/tasks.
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
  Task,  ///< every request `tasks/…` that the era has
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
  /// A method that no revision of MCP has.
  Unknown,
  /// A message that the gate never forwards. There are three cases. This side may not send the
  /// method, or not as this kind of message, or not in this era. Or lenient readers could mistake
  /// the name for a method of MCP. Or the name is too long or has characters other than printable
  /// ASCII.
  Misplaced,
};

enum class Sender : uint8_t { Client, Server };

/// Returns the method of `rpc`, a request or notification that `sender` sent in that era.
Method method_of(const Rpc& rpc, Sender sender, Era era);

/// True if a client's request with this method must reach a server: it reads, calls or subscribes,
/// or MCP does not have the method. False for lists, pings and handshakes, because the gate answers
/// these itself.
bool asks_a_server(std::string_view name);

}  // namespace callgate
