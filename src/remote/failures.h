// Why a request got no answer from the server, and the answer that the gate gets instead.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "callgate/base/result.h"
#include "callgate/remote/remote_server.h"
#include "callgate/wire/web.h"
#include "gate_message.h"

namespace callgate {

struct RequestFailure {
  Error error;
  RemoteErrorCode code = RemoteErrorCode::Unavailable;
  int status = 0;  // of the answer in HTTP; 0 if there was none
  std::optional<std::chrono::seconds> retry_after;
  std::optional<int64_t> server_code;  // of the server's own JSON-RPC error
};

/// The server may have executed the request. `what` says what happened: "the connection broke".
RequestFailure outcome_unknown(const std::string& what);
/// The server answered with a status other than 2xx, for which nothing more can be done. `moved_to`
/// is the target of a redirect.
RequestFailure refused_by_status(const GateMessage& message, const WebAnswer& answer,
                                 const std::string& moved_to);

/// Returns the error answer to the request.
std::string failure_line(const GateMessage& request, const RequestFailure& failure);
/// If the body has a JSON-RPC error, returns the answer with this error to the request; otherwise
/// nullopt. `own_only`: only if the error names the request's id.
std::optional<std::string> server_error_line(Walker& walker, const GateMessage& request,
                                             const std::string& body, bool own_only);
/// Returns what the body of an answer says, for a message: on one line, without control characters,
/// and at most 300 bytes; empty for HTML.
std::string text_of_body(const WebAnswer& answer);

}  // namespace callgate
