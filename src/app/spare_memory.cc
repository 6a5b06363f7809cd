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

// Drops only pages that nobody has written to: text and constants. A writable segment holds
// relocated pointers, which exist nowhere else.
int drop_text(dl_phdr_info* info, size_t, void*) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  if (info->dlpi_name != nullptr && info->dlpi_name[0] != '\0' && info->dlpi_name[0] != '/')
    return 0;  // the kernel's own object, which has no file
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const uintptr_t from = info->dlpi_addr + segment.p_vaddr, to = from + segment.p_memsz;
    const uintptr_t first = from & ~(page - 1), last = (to + page - 1) & ~(page - 1);
    // The page at the end of one segment may hold the first bytes of the next segment only in the
    // file; in memory each mapping begins on a page of its own.
    madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

// Large messages come in series, so their memory is used again instead of being mapped for each.
// There is one arena, because each thread of the store would keep its own although they do not
// contend.
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
