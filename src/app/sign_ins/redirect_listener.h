// The place on this machine to which the browser returns at the end of a sign-in (RFC 8252 section
// 7.3).
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/secret.h"
#include "callgate/io/listener.h"
#include "callgate/io/loop.h"
#include "callgate/io/stream.h"
#include "callgate/wire/http.h"

namespace callgate {

/// The ports that are tried first. They never change, because registrations and client metadata
/// documents name them, and some authorization servers compare the port.
inline constexpr uint16_t kRedirectPorts[] = {41573, 41574, 41575, 41576, 41577};
inline constexpr size_t kMostRedirectConnections = 16;
inline constexpr size_t kLargestRedirectHead = size_t{16} << 10;  ///< bytes of one request
inline constexpr size_t kLargestRedirectTarget = size_t{8} << 10;

/// Listens at a redirect URI, on addresses that only this machine can reach. Used on the loop's
/// thread, and destroyed outside of its callbacks.
class RedirectListener {
 public:
  /// `configured` is the redirect URI in the configuration; empty if there is none. If it has no
  /// port, or is empty, the listener chooses one: that of an `earlier` redirect URI, one of
  /// kRedirectPorts, or one that the system chooses. Error: "login.port".
  static Result<std::unique_ptr<RedirectListener>> open(Loop& loop, const std::string& configured,
                                                        const std::vector<std::string>& earlier);
  RedirectListener(const RedirectListener&) = delete;
  ~RedirectListener();

  /// Returns the redirect URI that the browser must ask for.
  const std::string& uri() const { return uri_; }
  /// Calls `on_redirect` with the query of each request for the redirect URI. It returns whether
  /// the query belongs to the sign-in. If it does, the browser waits for tell(); otherwise it gets
  /// an error, and the listener goes on.
  void start(std::function<bool(std::string_view query)> on_redirect);
  /// Shows in the browser whether the sign-in worked. Calls `done` once the page is sent, or if no
  /// browser waits; never from within this function.
  void tell(bool worked, std::function<void()> done);

 private:
  struct Connection;
  using Connections = std::list<Connection>;

  RedirectListener(Loop& loop, std::string path);
  Status listen(const std::string& host, uint16_t port);
  void accept(int fd);
  void on_bytes(Connections::iterator at, std::string_view bytes);
  void request(Connections::iterator at);
  bool is_our_host(std::string_view host) const;
  void answer(Connections::iterator at, int status, std::string_view page);
  void show_end(Connections::iterator at);
  void remove(Connections::iterator at);
  void check_told();

  Loop& loop_;
  std::string uri_, path_;
  uint16_t port_ = 0;
  std::vector<std::unique_ptr<Listener>> listeners_;  // two for the host localhost
  std::function<bool(std::string_view)> on_redirect_;
  Connections connections_;
  Secret accepted_;  // the query that belongs to the sign-in; a browser may send it twice
  std::optional<bool> worked_;
  std::function<void()> told_;
  Timer telling_;
};

/// Returns the URI at which open() would listen first. Listens nowhere.
std::string usual_redirect_uri(const std::string& configured);

}  // namespace callgate
