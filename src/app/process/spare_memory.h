// Gives unused memory back to the system. A gate does nothing for most of its life and should use
// little memory meanwhile.
#pragma once

namespace callgate {

/// Configures the allocator. Must be called once, before threads are started.
void settle_allocator();

/// Gives back free memory that the allocator keeps, and drops the pages of program code that are in
/// memory. When a dropped page is needed again, the system reads it from the page cache, which
/// takes about a microsecond. Does nothing except on Linux with glibc.
void give_back_memory();

}  // namespace callgate
