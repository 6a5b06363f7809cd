// Gives unused memory back to the system. A gate does nothing for most of its life and should use
// little memory meanwhile.
#pragma once

#include <cstddef>

#include "callgate/io/loop.h"

namespace callgate {

/// Configures the allocator. Must be called once, before threads are started.
void settle_allocator();

/// Gives back free memory that the allocator keeps, and drops the pages of program code that are in
/// memory. When a dropped page is needed again, the system reads it from the page cache, which
/// takes about a microsecond. Does nothing except on Linux with glibc.
///
/// Without dropping the code, a gate with three servers has 7 MB more resident after load, so it
/// would exceed its limit of 12 MB. At calls of 1 MiB, dropping costs 3 % of the CPU time, which is
/// within the noise (2026-11-30, tests/bench/run.py --bars and bench_load --phase 1048576,1,0,150).
void give_back_memory();

/// Calls give_back_memory() when a gate becomes calm: one second after its start, and one second
/// after a large message, because both need much memory.
class SpareMemory {
 public:
  explicit SpareMemory(Loop& loop) : calm_(loop) { give_back_soon(); }
  /// Must be called for each message of a client or child.
  void after_message(size_t bytes);

 private:
  void give_back_soon();

  Timer calm_;
  bool waiting_ = false;
};

}  // namespace callgate
