// What a JSON value is as a JSON-RPC 2.0 message (https://www.jsonrpc.org/specification; MCP
// 2025-11-25 "Base Protocol").
#pragma once

#include "callgate/base/result.h"
#include "callgate/wire/message.h"

namespace callgate {

enum class RpcKind { Request, Notification, Answer, ErrorAnswer };

/// Views into one message; `id` is absent for a Notification and for an ErrorAnswer to an
/// unreadable request.
struct Rpc {
  RpcKind kind{};
  Value root, id, method, params, result, error;
};

/// The code of the error for an answer with both a result and an error, of which one is null.
inline constexpr std::string_view kNullTwin = "rpc.null_twin";

/// Params that are null count as absent. The id of an answer may be a whole number in another
/// spelling (7.0).
/// Errors ("rpc.invalid", kNullTwin): not an object, "jsonrpc" is not "2.0", an id that is neither
/// string nor integer (null is refused for requests), a method that is no string, params that are
/// no object or array, both or neither of result and error, a method beside either of them, or one
/// of these members standing twice, or a key that is one of these only after folding (base/fold.h).
Result<Rpc> classify(Value root);

}  // namespace callgate
