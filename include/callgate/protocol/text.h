// The JSON-RPC texts that the gate writes itself.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "callgate/protocol/revisions.h"
#include "callgate/wire/message.h"

namespace callgate {

/// JSON-RPC 2.0 section 5.1, MCP 2025-11-25 "Resources", "Elicitation" and "Sampling", and MCP
/// 2026-07-28 "Base Protocol".
enum class ErrorCode : int {
  Parse = -32700,
  InvalidRequest = -32600,
  MethodNotFound = -32601,
  InvalidParams = -32602,
  Internal = -32603,
  ResourceNotFound = -32002,  // legacy only
  HeaderMismatch = -32020,    // modern, as the next two
  MissingCapability = -32021,
  UnsupportedVersion = -32022,
  UrlElicitationNeeded = -32042,  // 2025-11-25 only
  Rejected = -1,
};

/// `id` and `result` are JSON text; an empty id is written as null.
std::string write_answer(std::string_view id, std::string_view result);
/// `code_word` is our own stable code, which goes into error.data.code.
std::string write_error(std::string_view id, ErrorCode code, std::string_view message,
                        std::string_view code_word);
/// The same with other data; `data` is JSON text.
std::string write_error_with(std::string_view id, ErrorCode code, std::string_view message,
                             std::string_view data);
/// `params` is JSON text, or empty for none.
std::string write_notification(std::string_view method, std::string_view params);
std::string write_request(int64_t id, std::string_view method, std::string_view params);
/// The result of a tool call that was denied: isError, the text for the model, and _meta
/// "callgate/decision".
std::string write_denial(std::string_view decision, std::string_view text, Era to);

/// A tool result that reports an error with this text.
std::string write_tool_error(std::string_view text, Era to);

/// The number of one of MCP's eight log levels (RFC 5424), from 0 for "debug"; -1 for any other
/// name.
int log_level(std::string_view name);
/// The name of a level from 0 to 7.
std::string_view log_level_name(int level);

/// The client capabilities that the gate declares to a child: those of the client that the gate can
/// route (roots, sampling, elicitation, experimental, extensions), each as the client wrote it.
/// Tasks are left out. `capabilities` may be absent.
std::string child_capabilities(Value capabilities);
/// The capabilities that both objects have, compared recursively.
std::string common_capabilities(Value one, Value other);

}  // namespace callgate
