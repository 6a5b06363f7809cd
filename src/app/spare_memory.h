// Gives back memory that is not in use, because a gate waits for most of its life.
#pragma once

namespace callgate {

/// Sets up the allocator. To be called once, before threads are started.
void settle_allocator();

/// Gives the system the memory that the allocator keeps, and the pages of program text that were
/// read. Pages that are needed again come back from the page cache in a microsecond each. Does
/// nothing except on Linux with glibc.
void give_back_memory();

}  // namespace callgate
