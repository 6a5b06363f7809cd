// Small files of the state folder that only their owner may read. Blocking.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "callgate/base/result.h"

namespace callgate {

/// What a file is for, in the errors' codes and ways out.
struct PrivateKind {
  const char* area;     ///< "token": the codes begin with it
  const char* if_read;  ///< what to do when others could read it: "make new tokens"
  size_t largest;       ///< bytes
};

/// None: there is no such file. Errors: "AREA.unreadable", "AREA.malformed" (no file, or a large
/// one), "AREA.mode" (others may read or change it).
Result<std::optional<std::string>> read_private(const PrivateKind& kind, const std::string& file);
/// All of it or nothing, 0600; its folder must exist. Errors: "AREA.write".
Status write_private(const PrivateKind& kind, const std::string& file, std::string_view text);

/// A folder that only its owner enters, and those above it. What can't be made is told by whoever
/// writes into it.
void make_state_folder(const std::string& path);

/// From reading a file to writing it, among all processes: a lock on FILE.lock, waited for for at
/// most five seconds. Errors: "AREA.write".
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
