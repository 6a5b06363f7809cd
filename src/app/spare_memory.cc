#include "spare_memory.h"

#include <cstddef>
#include <cstdint>

#ifdef __GLIBC__
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>
#endif

namespace callgate {

#ifdef __GLIBC__

namespace {

// Only what no one has ever written to: text and constants. A segment that may be written holds
// relocated pointers, which are nowhere else.
int drop_text(dl_phdr_info* info, size_t, void*) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  if (info->dlpi_name != nullptr && info->dlpi_name[0] != '\0' && info->dlpi_name[0] != '/')
    return 0;  // the kernel's own, which has no file
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const uintptr_t from = info->dlpi_addr + segment.p_vaddr, to = from + segment.p_memsz;
    const uintptr_t first = from & ~(page - 1), last = (to + page - 1) & ~(page - 1);
    // The last page of a segment may hold the next one's first bytes only in the file: mappings
    // begin at pages of their own.
    madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

// Large messages come in rows: their memory is used again instead of being mapped anew for each.
// One arena, for the store's threads would each keep their own and there is nothing to contend for.
void settle_allocator() {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_MMAP_THRESHOLD, 32 << 20);
  mallopt(M_TRIM_THRESHOLD, 64 << 20);
}

void give_back_memory() {
  malloc_trim(0);
  dl_iterate_phdr(drop_text, nullptr);
}

#else

void settle_allocator() {}
void give_back_memory() {}

#endif

}  // namespace callgate
