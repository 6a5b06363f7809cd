// The HTTP connections of a gate process to remote servers.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "callgate/base/time.h"
#include "callgate/io/loop.h"

namespace callgate {

/// How to reach remote machines. The caller reads the variables that are named here, because this
/// room knows no environment.
struct WebNetwork {
  /// The proxies for http and for https URLs (the variables http_proxy and https_proxy), as URLs;
  /// empty for none. This machine itself is never reached through a proxy.
  std::string http_proxy, https_proxy;
  /// Hosts that are reached without a proxy (the variable no_proxy), separated by commas: names
  /// with all their subdomains, addresses, networks such as 10.0.0.0/8, or `*` for all hosts.
  std::string no_proxy;
  /// Files with certificates of authorities that are trusted in addition to those of the system
  /// (the variables SSL_CERT_FILE and NODE_EXTRA_CA_CERTS), in PEM format, at most 4 MiB each.
  std::vector<std::string> ca_files;
  std::string user_agent = "callgate";
  Millis connect_limit{10'000};  ///< for the name, the connection and TLS together
  bool operator==(const WebNetwork&) const = default;
};

/// Owns the connections and reuses them. A gate process needs one. libcurl is loaded when the first
/// request is made. Used on the loop's thread; must outlive everything that uses it, and must be
/// destroyed before the loop, never within a callback.
class HttpLoop {
 public:
  explicit HttpLoop(Loop& loop);
  ~HttpLoop();
  HttpLoop(const HttpLoop&) = delete;

  struct Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
