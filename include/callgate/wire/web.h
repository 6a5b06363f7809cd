// One HTTP request to a remote server and its answer, as values. The room that decides what to ask
// and the room that has the connection share these types.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callgate/base/ascii.h"
#include "callgate/base/time.h"

namespace callgate {

/// Names and values of HTTP fields. Names are compared without regard to case (RFC 9110, 5.1), and
/// one name may appear several times.
using WebFields = std::vector<std::pair<std::string, std::string>>;

/// The JSON-RPC codes of the errors that the room `remote` itself gives as answers. The error's
/// data has a member "code" with a stable word ("remote.connect"), "status" if the server answered
/// with a status of HTTP, "outcome" ("unknown" or "not executed"), and "retryAfterSeconds" if the
/// server named a time. The error of a server that does not know server/discover or initialize has
/// the code -32601 and the same data.
enum class RemoteErrorCode : int {
  /// The request was not executed, and may be sent again later. Says nothing about the revisions
  /// that the server speaks.
  Unavailable = -32010,
  OutcomeUnknown = -32011,  ///< the request may have been executed
  Refused = -32012,         ///< the server refused the request, and would refuse it again
  SignInRequired = -32013,  ///< the request was not executed, because a person must sign in first
};

/// A field of a gate's requests to servers at a loopback address. Its value identifies the gate
/// process, so that one that serves HTTP recognises its own requests.
inline constexpr const char* kRunField = "callgate-run";

struct WebRequest {
  std::string method = "GET";
  std::string url;  ///< absolute
  WebFields fields;
  std::string body;
};

struct WebAnswer {
  int status = 0;
  WebFields fields;  ///< in the order in which they arrived
  std::string body;

  /// Returns the value of the first field of that name.
  std::optional<std::string_view> field(std::string_view name) const {
    for (const auto& [its_name, value] : fields)
      if (equal_ignoring_case(its_name, name)) return value;
    return std::nullopt;
  }
};

/// Reads a time in the format of HTTP, such as `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 section
/// 5.6.7). Returns nullopt for any other text, also for the two obsolete formats.
std::optional<Micros> read_http_time(std::string_view text);
/// Returns the server's time, from the field Date.
std::optional<Micros> server_time(const WebAnswer& answer);
/// Returns how long the server wants the client to wait before the next request, from the field
/// Retry-After (RFC 9110 section 10.2.3), but at most a day. A point in time is compared with the
/// server's own time, or with `now` if the answer has no Date. Returns nullopt if the field is
/// absent or not valid.
std::optional<std::chrono::seconds> retry_after(const WebAnswer& answer, Micros now);

}  // namespace callgate
