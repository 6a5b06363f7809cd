// Hearing that a file has changed, whichever way it is written.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/io/loop.h"

namespace callgate {

/// Watches the folder of `path` and, where that is a link, the folder of the file that it leads to:
/// editors write a new file and put it in the old one's place. The folders must exist.
class FileWatch {
 public:
  /// `on_change` may come several times for one change, for half a change, and for none: look what
  /// is there, some time later. Watching keeps no loop going. Errors: "io.watch".
  static Result<std::unique_ptr<FileWatch>> open(Loop& loop, const std::string& path,
                                                 std::function<void()> on_change);
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
