// The JSON-RPC texts that the gate writes itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "callgate/protocol/revisions.h"
#include "callgate/wire/message.h"

namespace callgate {

/// Error codes of JSON-RPC and MCP. Sources: JSON-RPC 2.0 section 5.1; MCP 2025-11-25 "Resources",
/// "Elicitation" and "Sampling"; MCP 2026-07-28 "Base Protocol".
enum class ErrorCode : int {
  Parse = -32700,
  InvalidRequest = -32600,
  MethodNotFound = -32601,
  InvalidParams = -32602,
  Internal = -32603,
  ResourceNotFound = -32002,  // legacy only
  HeaderMismatch = -32020,    // this code and the next two: modern only
  MissingCapability = -32021,
  UnsupportedVersion = -32022,
  UrlElicitationNeeded = -32042,  // 2025-11-25 only
  Rejected = -1,
};

/// Writes an answer with a result. `id` and `result` are JSON text; an empty id is written as null.
std::string write_answer(std::string_view id, std::string_view result);
/// Writes an error answer. `code_word` is callgate's own stable code. It is written as
/// error.data.code.
std::string write_error(std::string_view id, ErrorCode code, std::string_view message,
                        std::string_view code_word);
/// Like write_error(), but with `data` (JSON text) as error.data.
std::string write_error_with(std::string_view id, ErrorCode code, std::string_view message,
                             std::string_view data);
/// write_notification() writes a notification, and write_request() writes a request. `params` is
/// JSON text; if it is empty, the message has no params.
std::string write_notification(std::string_view method, std::string_view params);
std::string write_request(int64_t id, std::string_view method, std::string_view params);
/// Writes the result of a tool call that was denied. The result has isError, the text for the model
/// and, in _meta "callgate/decision", the decision.
std::string write_denial(std::string_view decision, std::string_view text, Era to);

/// Writes a tool result that reports an error with this text.
std::string write_tool_error(std::string_view text, Era to);

/// Returns the number of one of MCP's eight log levels (RFC 5424), from 0 for "debug" to 7; -1 for
/// any other name.
int log_level(std::string_view name);
/// Returns the name of a log level from 0 to 7.
std::string_view log_level_name(int level);

/// Returns the client capabilities that the gate declares to a child. They are those capabilities
/// of the client that the gate can route (roots, sampling, elicitation, experimental, extensions),
/// each in the client's own form, and without tasks. `capabilities` are the client's capabilities
/// and may be absent.
std::string child_capabilities(Value capabilities);
/// Returns the capabilities that are in both objects. Objects inside are compared in the same way.
std::string common_capabilities(Value one, Value other);

}  // namespace callgate
