// The words that people, rows and JSON use for the record's values.
#include "callgate/record/events.h"

namespace callgate {

const char* name(CallKind kind) {
  switch (kind) {
    case CallKind::Tool:
      return "tools/call";
    case CallKind::Prompt:
      return "prompts/get";
    case CallKind::Resource:
      return "resources/read";
    case CallKind::Subscribe:
      return "resources/subscribe";
    case CallKind::Unsubscribe:
      return "resources/unsubscribe";
    case CallKind::Complete:
      return "completion/complete";
    case CallKind::Method:
      return "";
  }
  return "";
}

const char* name(Permission permission) {
  switch (permission) {
    case Permission::Allow:
      return "allow";
    case Permission::Ask:
      return "ask";
    case Permission::Deny:
      return "deny";
    case Permission::None:
      return "none";
  }
  return "";
}

const char* name(Outcome outcome) {
  switch (outcome) {
    case Outcome::Ok:
      return "ok";
    case Outcome::ToolError:
      return "tool_error";
    case Outcome::RpcError:
      return "rpc_error";
    case Outcome::Denied:
      return "denied";
    case Outcome::Timeout:
      return "timeout";
    case Outcome::Cancelled:
      return "cancelled";
    case Outcome::Lost:
      return "lost";
    case Outcome::Pending:
      return "pending";
    case Outcome::Repeated:
      return "repeated";
  }
  return "";
}

}  // namespace callgate
