// The fields of HTTP that MCP demands for a message.
#pragma once

#include <optional>
#include <string>

#include "callgate/base/result.h"
#include "callgate/wire/web.h"
#include "gate_message.h"
#include "param_fields.h"

namespace callgate {

/// What `initialize` agreed on. HTTP+SSE does not send it.
struct SessionTerms {
  std::string id;       // empty if the server gave none
  std::string version;  // empty before `initialize` is answered
};

/// Sources: MCP 2025-11-25 and 2026-07-28, "Streamable HTTP". Error: "remote.field" if a part of
/// the message does not fit into a field.
Result<WebFields> post_fields(const GateMessage& message, const SessionTerms& terms,
                              const ParamFields& params);
/// The fields for opening a stream, or for resuming one after the event `last_id`, if it is not
/// empty.
WebFields stream_fields(const SessionTerms& terms, const std::string& last_id);
/// The fields for ending the session.
WebFields session_fields(const SessionTerms& terms);

/// Checks the fields that the user configured. Error: "remote.field".
Status check_configured(const WebFields& fields);
/// Returns the session id of an answer if it is one (visible ASCII, at most 1 KiB).
std::optional<std::string> session_id_of(const WebFields& fields);

}  // namespace callgate
