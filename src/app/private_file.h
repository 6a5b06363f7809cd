// Small files of the state folder that only their owner may read. Blocking.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "callgate/base/result.h"

namespace callgate {

/// The parts of error codes and next steps that depend on what a file is for.
struct PrivateKind {
  const char* area;     ///< for example "token"; the error codes begin with it
  const char* if_read;  ///< for example "make new tokens": what to do if others could read it
  size_t largest;       ///< size limit in bytes
};

/// Returns empty if there is no such file. Errors: "AREA.unreadable", "AREA.malformed" (not a
/// regular file, or a large one), "AREA.mode" (others may read or change it).
Result<std::optional<std::string>> read_private(const PrivateKind& kind, const std::string& file);
/// Writes the whole text or nothing, with mode 0600. The folder must exist. Errors: "AREA.write".
Status write_private(const PrivateKind& kind, const std::string& file, std::string_view text);

/// Creates a folder that only its owner may enter, and the folders above it. Ignores errors: the
/// function that writes into the folder reports them.
void make_state_folder(const std::string& path);

/// Keeps other processes from changing a file between our reading and writing it, by a lock on
/// FILE.lock. Waits for the lock for at most five seconds. Errors: "AREA.write".
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
