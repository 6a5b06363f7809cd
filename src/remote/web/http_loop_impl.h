// What the files of this room know of the HTTP loop.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "callgate/io/descriptor_watch.h"
#include "callgate/io/lifetime.h"
#include "callgate/remote/http_loop.h"
#include "curl_library.h"
#include "transfer.h"

namespace callgate {

/// libcurl calls its callbacks while it works, when no transfer may be removed or added. So its
/// callbacks only note what came, and settle() calls the callbacks of the transfers afterwards.
struct HttpLoop::Impl {
  explicit Impl(Loop& its_loop) : loop(its_loop), timer(its_loop) {}
  ~Impl();

  /// Loads libcurl at the first call.
  Result<const CurlLibrary*> library();
  /// Returns the text for CURLOPT_CAINFO_BLOB, or nullptr if the system's certificates suffice.
  Result<std::shared_ptr<const std::string>> certificates(const WebNetwork& network);
  void act(curl_socket_t fd, int events);
  void settle();
  int watch(curl_socket_t fd, int what);

  Loop& loop;
  const CurlLibrary* curl = nullptr;
  CURLM* multi = nullptr;
  Timer timer;
  std::map<curl_socket_t, std::unique_ptr<DescriptorWatch>> watches;
  std::vector<std::weak_ptr<Transfer::Cell>> news;  ///< transfers for which something came
  std::map<std::vector<std::string>, std::shared_ptr<const std::string>> read_files;
  /// For the origins that asked for a pause: until when nobody sends a request.
  std::map<std::string, Nanos> pauses;
};

}  // namespace callgate
