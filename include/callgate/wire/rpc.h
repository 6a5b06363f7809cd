// Reads a JSON value as a JSON-RPC 2.0 message (https://www.jsonrpc.org/specification; MCP
// 2025-11-25 "Base Protocol").
#pragma once

#include "callgate/base/result.h"
#include "callgate/wire/message.h"

namespace callgate {

enum class RpcKind { Request, Notification, Answer, ErrorAnswer };

/// The parts of one message, which must outlive this object. `id` is absent in a Notification, and
/// in an ErrorAnswer to a request that the answering peer could not read.
struct Rpc {
  RpcKind kind{};
  Value root, id, method, params, result, error;
};

/// The error code for an answer with both the members "result" and "error", of which one is null.
inline constexpr std::string_view kNullTwin = "rpc.null_twin";

/// Finds the kind and the parts of a message. Params that are null count as absent. In an answer,
/// an integer id may also be written with a fraction (7.0). Errors: kNullTwin, and "rpc.invalid"
/// for
/// - a message that is no object, or whose "jsonrpc" is not "2.0";
/// - an id that is neither string nor integer (null is refused for requests);
/// - a method that is no string, or params that are neither object nor array;
/// - an answer with both a result and an error or with neither, or a message with a method and one
///   of these;
/// - a message in which one of these members appears twice, or in which a key equals one of their
///   keys only after folding (base/fold.h).
Result<Rpc> classify(Value root);

}  // namespace callgate
