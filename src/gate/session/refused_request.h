// The parts of a refused request that could be read.
#pragma once

#include <string>

#include "callgate/protocol/revisions.h"
#include "callgate/record/events.h"
#include "callgate/wire/message.h"

namespace callgate {

struct RefusedRequest {
  CallKind kind = CallKind::Method;
  std::string wanted, id;
  Value params;
  MessagePtr message;  // holds `params`
  Era era = Era::Legacy;
  std::string rule = "built-in: form of requests";
};

/// True if some reader could take the message for a request that asks a server for something.
bool may_ask_a_server(Value root);
RefusedRequest read_refused(Value root, Value method, const MessagePtr& message);
/// Returns the member with this key, or else a member whose key some readers treat as the same.
Value any_spelling(Value object, std::string_view key);

}  // namespace callgate
