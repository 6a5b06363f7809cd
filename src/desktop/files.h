// Files of others: read whole, replaced whole or not at all. Blocking.
#pragma once

#include <string>
#include <string_view>

#include "callgate/base/result.h"
#include "callgate/desktop/registration.h"

namespace callgate {

inline constexpr size_t kLargestDesktopFile = size_t{4} << 20;

/// Follows symbolic links, dangling ones too. Errors: "desktop.unreadable", "desktop.too_large",
/// "desktop.not_a_file".
Result<FileState> look_at_file(const std::string& path);
/// Would replace_file() be let? Errors: "desktop.read_only", "desktop.hard_links".
Status may_replace(const FileState& file);
/// Nobody has written to it since it was looked at. Error "desktop.changed".
Status still_same(const FileState& file);
/// By a new file and a rename: mode and owner stay, links too. A missing file is made 0600; its
/// missing folders, 0700, are told in `made`. The caller has asked still_same() and may_replace().
Status replace_file(const FileState& file, std::string_view bytes, std::vector<std::string>& made);
/// For files of our own, 0600 in folders 0700.
Status write_private(const std::string& path, std::string_view bytes);
Status make_private_folders(const std::string& path, std::vector<std::string>& made);

/// One callgate at a time changes clients' files. Error "desktop.busy".
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
