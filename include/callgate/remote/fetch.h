// One request to an address that an answer of a server named, and that may therefore be chosen by
// an attacker.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/remote/http_loop.h"
#include "callgate/wire/web.h"

namespace callgate {

struct FetchRules {
  /// Hosts that may have addresses of private networks, and of this machine: names or addresses in
  /// small letters, without a port. All other hosts must have public addresses.
  std::vector<std::string> private_hosts;
  /// Allows `localhost` and loopback addresses, and http:// for these. All other hosts need
  /// https://.
  bool loopback = false;
  /// How many redirects of a GET are followed, at most kMostRedirects. Each one is checked like the
  /// first URL, and must not lead from https to http. Of the request's fields, only Accept is sent
  /// to another origin. Redirects of other requests are never followed, because their bodies may
  /// have secrets; the caller gets the answer with the redirect instead.
  int redirects = 0;
  size_t most_bytes = size_t{256} << 10;  ///< of the answer's body
  Millis limit{10'000};                   ///< for everything together
};

inline constexpr int kMostRedirects = 3;

/// A request that is under way. Destroying it cancels the request.
class Fetch {
 public:
  ~Fetch();
  struct Impl;
  explicit Fetch(std::unique_ptr<Impl> impl);

 private:
  std::unique_ptr<Impl> impl_;
};

/// Makes one request. Its connection is new and is not used again. If a proxy is used, only it
/// resolves the host's name, so addresses are checked only if the URL's host is an address. The
/// callback is called once, never from within this function, and may destroy the Fetch. Errors:
/// "remote.url" (also for http:// where it is not allowed), "remote.address" (the address is not
/// allowed), "remote.redirects", "remote.too_large", "remote.timeout", "remote.resolve",
/// "remote.connect", "remote.tls", "remote.head", "remote.broken", "remote.ca_file",
/// "remote.no_libcurl", "remote.old_libcurl", "remote.unsupported".
std::unique_ptr<Fetch> fetch(HttpLoop& http, const WebNetwork& network, WebRequest request,
                             FetchRules rules, std::function<void(Result<WebAnswer>)> done);

}  // namespace callgate
