// One HTTP request and its answer, as libcurl makes them: no redirects, no repetitions, no cookies.
#pragma once

#include <sys/socket.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "callgate/base/result.h"
#include "callgate/remote/http_loop.h"
#include "callgate/wire/web.h"
#include "url.h"

namespace callgate {

/// The status line and the fields of an answer may have this many bytes.
inline constexpr size_t kLargestHead = size_t{64} << 10;

/// Bytes, and the object to which they belong.
struct WebBody {
  std::shared_ptr<const void> owner;
  std::string_view bytes;
};

struct TransferRequest {
  std::string method = "GET";
  WebUrl url;
  WebFields fields;
  std::optional<WebBody> body;
  WebNetwork network;
  /// Returns whether the address may be connected to. If it is set, the connection is new and is
  /// not used again, because an old one would not be checked. Not asked if a proxy is used.
  std::function<bool(const sockaddr&)> allows;
  Millis limit{};  ///< for the whole transfer; 0: none
};

struct TransferHead {
  int status = 0;
  WebFields fields;
  /// What Retry-After says (RFC 9110 section 10.2.3), from now on; absent without such a field.
  std::optional<std::chrono::seconds> retry_after;
};

struct TransferEnd {
  /// Absent if the answer came to its end. Codes: "remote.resolve", "remote.connect", "remote.tls",
  /// "remote.address", "remote.timeout", "remote.head", "remote.broken".
  std::optional<Error> error;
  /// A part of the body may have reached the server. If it is false, the server cannot have
  /// executed a request that has a body.
  bool body_sent = false;
};

struct TransferEvents {
  std::function<void(TransferHead&&)> on_head;     ///< called once, unless the transfer fails
  std::function<void(std::string_view)> on_bytes;  ///< the body; called after on_head
  std::function<void(TransferEnd&&)> on_end;       ///< called once, at the end
};

/// Destroying the transfer cancels it. The callbacks are never called from within start(), and may
/// destroy the transfer.
class Transfer {
 public:
  /// Errors: those of load_curl() and read_certificates(); "remote.tls" if this libcurl cannot use
  /// the certificates.
  static Result<std::unique_ptr<Transfer>> start(HttpLoop& http, TransferRequest request,
                                                 TransferEvents events);
  ~Transfer();

  struct Cell;
  explicit Transfer(std::shared_ptr<Cell> cell);

 private:
  std::shared_ptr<Cell> cell_;
};

}  // namespace callgate
