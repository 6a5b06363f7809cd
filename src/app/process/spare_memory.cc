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

namespace {

constexpr size_t kLargeMessage = size_t{64} << 10;
// After so many messages, most of the code for messages is in memory. A gate that gets so many
// within kCalm is busy.
constexpr size_t kManyMessages = 1000;
constexpr Millis kCalm{1000};

}  // namespace

void SpareMemory::after_message(size_t bytes) {
  ++messages_;
  if (bytes >= kLargeMessage || messages_ >= kManyMessages) give_back_soon();
}

void SpareMemory::give_back_soon() {
  if (waiting_) return;
  waiting_ = true;
  messages_ = 0;
  calm_.start(kCalm, [this] {
    waiting_ = false;
    messages_ >= kManyMessages ? give_back_soon() : give_back_memory();
  });
}

#ifdef __GLIBC__

namespace {

// Drops the pages of one loaded library (or the program) that are not writable: code and constants,
// which can be read from the file again. Writable segments are kept, because they contain data that
// exists only in memory.
int drop_text(dl_phdr_info* info, size_t, void*) {
  const auto page = static_cast<uintptr_t>(sysconf(_SC_PAGESIZE));
  if (info->dlpi_name != nullptr && info->dlpi_name[0] != '\0' && info->dlpi_name[0] != '/')
    return 0;  // the vDSO, which comes from the kernel and has no file
  for (int i = 0; i < info->dlpi_phnum; ++i) {
    const auto& segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const uintptr_t from = info->dlpi_addr + segment.p_vaddr, to = from + segment.p_memsz;
    const uintptr_t first = from & ~(page - 1), last = (to + page - 1) & ~(page - 1);
    // `last` is rounded up to a whole page. In the file, that page may also contain the first bytes
    // of the next segment. In memory it does not, because each segment begins on a page of its own.
    // So no writable page is dropped.
    madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

// Large messages often follow each other, so the allocator keeps their memory for the next one: it
// maps only blocks over 32 MiB separately, and returns memory to the system only if over 64 MiB are
// free. It uses one arena, because otherwise each thread of the store would keep free memory in an
// arena of its own, although these threads rarely allocate at the same time.
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
