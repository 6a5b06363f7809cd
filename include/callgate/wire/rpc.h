// Reads a JSON value as a JSON-RPC 2.0 message (https://www.jsonrpc.org/specification; MCP
// 2025-11-25 "Base Protocol").
#pragma once

#include "callgate/base/result.h"
#include "callgate/wire/message.h"

namespace callgate {

enum class RpcKind { Request, Notification, Answer, ErrorAnswer };

/// Views into one message. `id` is absent in a Notification, and in an ErrorAnswer to an unreadable
/// request.
struct Rpc {
  RpcKind kind{};
  Value root, id, method, params, result, error;
};

/// The error code for an answer that has both a result and an error, of which one is null.
inline constexpr std::string_view kNullTwin = "rpc.null_twin";

/// Params that are null count as absent. The id of an answer may be a whole number in another
/// spelling (7.0).
/// Errors: kNullTwin (see there), and "rpc.invalid" for
/// - a message that is no object, or whose "jsonrpc" is not "2.0";
/// - an id that is neither string nor integer (null is refused for requests);
/// - a method that is no string, or params that are neither object nor array;
/// - an answer with both or neither of result and error, or a method together with either of them;
/// - one of these members appearing twice, or a key that equals one of them only after folding
///   (base/fold.h).
Result<Rpc> classify(Value root);

}  // namespace callgate
