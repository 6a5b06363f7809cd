// Reads and writes small files in the state folder that only their owner may read. Blocking.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "callgate/base/result.h"

namespace callgate {

/// What differs between kinds of private files: parts of their error texts, and a size limit.
struct PrivateKind {
  const char* area;     ///< for example "token"; the error codes begin with it
  const char* if_read;  ///< for example "make new tokens": what to do if others could read it
  size_t largest;       ///< size limit in bytes
};

/// Returns the file's text; empty if the file does not exist. Errors (AREA is `kind.area`):
/// "AREA.unreadable", "AREA.malformed" (not a regular file, or too large), "AREA.mode" (other users
/// may read or change the file).
Result<std::optional<std::string>> read_private(const PrivateKind& kind, const std::string& file);
/// Replaces the file's text, with mode 0600. If that fails, the file stays as it was. The folder
/// must exist. Also removes unfinished files of processes that were killed at least a minute ago.
/// Errors: "AREA.write".
Status write_private(const PrivateKind& kind, const std::string& file, std::string_view text);

/// Creates a folder that only its owner may enter, and missing folders above it. Ignores errors,
/// because writing a file into the folder will report them.
void make_state_folder(const std::string& path);

/// A lock for a program that reads a file, changes it and writes it: other callgate processes wait
/// meanwhile. The locked file is FILE.lock. The constructor waits for the lock, for at most five
/// seconds. Errors: "AREA.write".
class PrivateLock {
 public:
  PrivateLock(const PrivateKind& kind, const std::string& file);
  ~PrivateLock();
  PrivateLock(const PrivateLock&) = delete;
  PrivateLock& operator=(const PrivateLock&) = delete;
  const Status& status() const { return status_; }

 private:
  int fd_;
  Status status_;
};

}  // namespace callgate
