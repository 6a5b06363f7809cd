// Reports that a file has changed, however programs write it.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/io/loop.h"

namespace callgate {

/// Watches the folder of `path`, because editors write a new file and rename it over the old one.
/// Also watches the folder of each symbolic link that `path` leads through, because Kubernetes
/// changes a file by pointing a link to another folder. If a folder or link of the path does not
/// exist, the watch waits until it is created.
class FileWatch {
 public:
  /// `on_change` may be called several times for one change, before the writer has written
  /// everything, or without any change. So the caller should read the file some time after the
  /// call. By then, `path` may lead through other links or folders, so the caller should open a new
  /// watch before it reads. A watch does not keep the loop running. Errors: "io.watch".
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
