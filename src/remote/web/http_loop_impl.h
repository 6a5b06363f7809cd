// What the files of this room know of the HTTP loop.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "callgate/io/descriptor_watch.h"
#include "callgate/io/lifetime.h"
#include "callgate/remote/http_loop.h"
#include "certificates.h"
#include "curl_library.h"
#include "origins.h"
#include "transfer.h"

namespace callgate {

/// libcurl calls its callbacks while it works, when no transfer may be removed or added. So its
/// callbacks only note what came, and settle() calls the callbacks of the transfers afterwards.
/// These callbacks may start and destroy transfers.
struct HttpLoop::Impl {
  explicit Impl(Loop& its_loop) : loop(its_loop), timer(its_loop) {}
  ~Impl();

  /// Loads libcurl at the first call.
  Result<const CurlLibrary*> library();
  /// Reads the files at the first call, which blocks. Error: that of read_certificates().
  Result<const Certificates*> certificates(const WebNetwork& network);
  /// Lets libcurl work on the transfers that were added, so that a request on an old connection is
  /// sent at once. Calls no callback of a transfer before the next turn of the loop.
  void begin_added();
  /// Destroys the object once none of its functions can be running: after the callbacks of all
  /// transfers, or in the next turn of the loop.
  void destroy_later(std::shared_ptr<void> object);

  /// Returns a handle of libcurl for one transfer, without options. It must be given back.
  CURL* take_handle();
  void give_back(CURL* handle);

  // Called by libcurl's callbacks.
  int watch(curl_socket_t fd, int what);
  void opened(curl_socket_t fd);
  void closed(curl_socket_t fd);
  void act(curl_socket_t fd, int events);

  Loop& loop;
  const CurlLibrary* curl = nullptr;
  CURLM* multi = nullptr;
  Timer timer;
  std::vector<std::weak_ptr<Transfer::Cell>> news;  ///< transfers for which something came
  Origins origins;

 private:
  /// A descriptor that libcurl has. If it is a connection, it stays watched while no request uses
  /// it: to stop and start the watch would cost each request several system calls.
  struct Socket {
    std::unique_ptr<DescriptorWatch> watch;
    bool connection = false;
    bool used = false;
  };
  void work(curl_socket_t fd, int events);
  void settle();
  bool open_watch(curl_socket_t fd, Socket& socket);
  void ready(curl_socket_t fd, bool readable, bool writable);

  std::map<std::vector<std::string>, Certificates> certificates_;  ///< by the names of the files
  std::vector<CURL*> handles_;                                     ///< that no transfer uses
  std::map<curl_socket_t, Socket> sockets_;
  std::vector<std::shared_ptr<void>> to_destroy_;
  bool settling_ = false, settle_posted_ = false;
  Lifetime lifetime_;
};

}  // namespace callgate
