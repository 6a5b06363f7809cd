// Hearing that a file has changed, whichever way it is written.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/io/loop.h"

namespace callgate {

/// Watches the folder of `path`, for editors write a new file and put it in the old one's place,
/// and the folder of each link on the way, for Kubernetes switches a link to the folder of the new
/// files. If a part of the way does not exist, the watch waits for it to be made.
class FileWatch {
 public:
  /// `on_change` may come several times for one change, for half a change, and for none: look what
  /// is there, some time later. The way may be another then, so open a new watch first. Watching
  /// keeps no loop going. Errors: "io.watch".
  static Result<std::unique_ptr<FileWatch>> open(Loop& loop, const std::string& path,
                                                 const std::function<void()>& on_change);
  ~FileWatch();

 private:
  struct Cell;
  struct Close {
    void operator()(Cell*) const;
  };
  FileWatch() = default;
  std::vector<std::unique_ptr<Cell, Close>> cells_;
};

}  // namespace callgate
