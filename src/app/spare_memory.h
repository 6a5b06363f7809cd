// A process that waits for most of its life should not hold what it does not use.
#pragma once

namespace callgate {

/// Once, before threads are started.
void settle_allocator();

/// Gives the system what the allocator keeps, and the pages of program text that were read on the
/// way: those in use come back from the page cache, a microsecond each. Linux with glibc; elsewhere
/// nothing happens.
void give_back_memory();

}  // namespace callgate
