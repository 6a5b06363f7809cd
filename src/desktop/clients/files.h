// Reads and replaces files of other programs. A file is replaced as a whole or not at all.
// Blocking.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/desktop/files.h"

namespace callgate {

/// Reads a file. Follows symbolic links, also dangling ones. Errors: "desktop.unreadable",
/// "desktop.too_large", "desktop.not_a_file".
Result<FileState> read_file_state(const std::string& path);
/// Checks that replace_file() may replace the file. Errors: "desktop.read_only",
/// "desktop.hard_links".
Status may_replace(const FileState& file);
/// Checks that the file has not changed since read_file_state(). Error: "desktop.changed".
Status still_same(const FileState& file);
/// Writes a new file and renames it to the old file's path. Mode, owner and symbolic links stay.
/// Creates a missing file with mode 0600 and its missing folders with mode 0700, and adds these
/// folders to `made`. The caller must call still_same() and may_replace() first.
Status replace_file(const FileState& file, std::string_view bytes, std::vector<std::string>& made);
/// Writes one of our own files, with mode 0600 in folders of mode 0700.
Status write_private(const std::string& path, std::string_view bytes);
Status make_private_folders(const std::string& path, std::vector<std::string>& made);

/// Makes sure that only one callgate process at a time changes clients' files. Error:
/// "desktop.busy".
class DesktopLock {
 public:
  explicit DesktopLock(const std::string& folder);
  ~DesktopLock();
  DesktopLock(const DesktopLock&) = delete;
  DesktopLock& operator=(const DesktopLock&) = delete;
  const Status& status() const { return status_; }

 private:
  int fd_ = -1;
  Status status_;
};

}  // namespace callgate
