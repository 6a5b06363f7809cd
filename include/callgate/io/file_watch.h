// Notices that a file has changed, however it is written.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/io/loop.h"

namespace callgate {

/// Watches the folder of `path`, because editors write a new file and rename it over the old one.
/// Also watches the folder of each symbolic link on the way, because Kubernetes switches a link to
/// the folder of the new files. If a part of the way does not exist, the watch waits until it is
/// made.
class FileWatch {
 public:
  /// `on_change` may be called several times for one change, for a half-written change, and for no
  /// change: check the file's state some time later. The way to the file may then be different, so
  /// open a new watch first. A watch does not keep the loop running. Errors: "io.watch".
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
