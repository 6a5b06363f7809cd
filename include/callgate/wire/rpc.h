// Reads a JSON value as a JSON-RPC 2.0 message (https://www.jsonrpc.org/specification; MCP
// 2025-11-25 "Base Protocol").
#pragma once

#include "callgate/base/result.h"
#include "callgate/wire/message.h"

namespace callgate {

enum class RpcKind { Request, Notification, Answer, ErrorAnswer };

/// The parts of one message. The message must outlive this object. `id` is absent in a
/// Notification. It is also absent in an ErrorAnswer if the answering peer could not read the
/// request.
struct Rpc {
  RpcKind kind{};
  Value root, id, method, params, result, error;
};

/// The error code for an answer that has both members "result" and "error", one of which is null.
inline constexpr std::string_view kNullTwin = "rpc.null_twin";

/// Finds the kind and the parts of a message. Params that are null count as absent. In an answer,
/// an integer id may also be written with a fraction (7.0). Errors: kNullTwin, and "rpc.invalid"
/// for
/// - a message that is no object, or whose "jsonrpc" is not "2.0";
/// - an id that is neither string nor integer (null is refused for requests);
/// - a method that is no string, or params that are neither object nor array;
/// - an answer with both a result and an error, or with neither of them;
/// - a message that has a method, and also a result or an error;
/// - a message in which "jsonrpc", "id", "method", "params", "result" or "error" appears twice, or
///   in which a key equals one of these keys only after folding (base/fold.h).
Result<Rpc> classify(Value root);

}  // namespace callgate
