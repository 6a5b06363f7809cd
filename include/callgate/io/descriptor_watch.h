// Watches a descriptor that belongs to someone else, for example to a library with connections of
// its own.
#pragma once

#include <functional>
#include <memory>

#include "callgate/base/result.h"
#include "callgate/io/loop.h"

namespace callgate {

/// Calls `on_ready` when the descriptor can be read or written, as long as it can: if the callback
/// leaves bytes unread, it is called again in the next turn of the loop. If the descriptor fails,
/// `on_ready` gets true for both, so that its owner finds the cause in the next read or write. Does
/// not own the descriptor, and must be destroyed before the descriptor is closed. The callback may
/// destroy the watch.
class DescriptorWatch {
 public:
  /// Waits for nothing until want() is called. Error: "io.watch", for example for a file, for which
  /// the loop cannot wait, or if another object of this loop already watches the descriptor.
  static Result<std::unique_ptr<DescriptorWatch>> open(
      Loop& loop, int fd, std::function<void(bool readable, bool writable)> on_ready);
  ~DescriptorWatch();
  /// Sets what to wait for from now on. If both are false, the watch waits for nothing.
  void want(bool read, bool write);

 private:
  struct Cell;
  struct Close {
    void operator()(Cell*) const;
  };
  explicit DescriptorWatch(Cell* cell);
  std::unique_ptr<Cell, Close> cell_;
};

}  // namespace callgate
