// Gives unused memory back to the system. A gate does nothing for most of its life and should use
// little memory meanwhile.
#pragma once

#include <cstddef>

#include "callgate/io/loop.h"

namespace callgate {

/// Configures the allocator. Must be called once, before threads are started.
void settle_allocator();

/// Gives back free memory that the allocator keeps, and drops the pages of program code that are in
/// memory. When a dropped page is needed again, the system maps it from the page cache together
/// with its neighbours, which takes about a microsecond; the next call needs 66 of these steps.
/// Does nothing except on Linux with glibc.
///
/// After load, a gate with three servers has 7.1 to 7.9 MB resident, and 12.2 to 12.7 MB if nothing
/// is given back (2026-12-01, the load of measure_idle() in tests/bench/run.py). Most of the
/// difference is program code, 0.4 MB is memory of the allocator.
void give_back_memory();

/// Calls give_back_memory() after the start, after a large message and after many messages, because
/// these need much memory, but only once there are few messages for a second. While a gate is busy,
/// it would need the same memory again at once.
class SpareMemory {
 public:
  explicit SpareMemory(Loop& loop) : calm_(loop) { give_back_soon(); }
  /// Must be called for each message of a client or child.
  void after_message(size_t bytes);

 private:
  void give_back_soon();

  Timer calm_;
  bool waiting_ = false;
  size_t messages_ = 0;  // since calm_ was last started
};

}  // namespace callgate
