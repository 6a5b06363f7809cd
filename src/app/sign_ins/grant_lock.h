// The lock that lets only one process at a time renew or replace a sign-in.
#pragma once

#include <memory>
#include <string>

#include "callgate/io/descriptor.h"

namespace callgate {

/// Held until it is destroyed, or until the process ends. Two locks of one process exclude each
/// other, too. May be destroyed on any thread.
class GrantLock {
 public:
  /// Returns nullptr if another process has the lock. Does not wait. If the file cannot be opened,
  /// returns a lock that excludes nobody, because a sign-in that works is worth more than the risk
  /// that two processes renew it at once.
  static std::shared_ptr<GrantLock> try_lock(const std::string& path);

  /// True if a process ended between begin() and end(), so that it may have received tokens which
  /// it did not store.
  bool was_interrupted() const { return was_interrupted_; }
  /// Marks that the refresh token is about to be used, and that its successor is stored. The mark
  /// is in the locked file.
  void begin();
  void end();

 private:
  explicit GrantLock(Descriptor file) : file_(std::move(file)) {}
  Descriptor file_;
  bool was_interrupted_ = false;
};

}  // namespace callgate
