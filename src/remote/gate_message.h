// A message of the gate, with what this room needs to know of it.
#pragma once

#include <string>
#include <string_view>

#include "callgate/base/result.h"
#include "callgate/wire/rpc.h"
#include "web/transfer.h"

namespace callgate {

struct GateMessage {
  MessagePtr message;  // the owner of `rpc`
  Rpc rpc;
  std::string method;  // empty for an answer
  bool modern = false;

  bool is_request() const { return rpc.kind == RpcKind::Request; }
  std::string id() const { return std::string(rpc.id.raw()); }
  WebBody body() const { return {.owner = message, .bytes = message->bytes()}; }
  /// True for requests that only read. A server may execute them twice without harm.
  bool repeatable() const;
  /// True for the requests that begin a session.
  bool begins() const { return method == "initialize" || method == "server/discover"; }
};

/// The message's bytes stay as they are. Errors: those of Walker::walk() and classify().
Result<GateMessage> read_gate_message(Walker& walker, std::string line);
/// Returns the request with another id. `id` is JSON text.
GateMessage with_id(Walker& walker, const GateMessage& request, std::string id);
/// True if both are the same id. A number may be written in several ways.
bool same_id(Value a, Value b);

}  // namespace callgate
