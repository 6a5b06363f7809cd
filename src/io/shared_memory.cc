#include "callgate/io/shared_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "loop_impl.h"

namespace callgate {

namespace {

Error no_memory(const std::string& why) {
  return {"io.memory", "cannot share memory with another process: " + why, ""};
}

}  // namespace

#ifdef __linux__

namespace {
constexpr int kSeals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
}

Result<Descriptor> SharedMemory::create(size_t size) {
  Descriptor memory(::memfd_create("callgate", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (memory.get() < 0 || ::ftruncate(memory.get(), static_cast<off_t>(size)) != 0 ||
      ::fcntl(memory.get(), F_ADD_SEALS, kSeals) != 0)
    return no_memory(system_reason(errno));
  return memory;
}

Result<SharedMemory> SharedMemory::map(const Descriptor& memory, size_t size) {
  struct stat about {};
  if (::fstat(memory.get(), &about) != 0) return no_memory(system_reason(errno));
  if (about.st_size != static_cast<off_t>(size) ||
      (::fcntl(memory.get(), F_GET_SEALS) & kSeals) != kSeals)
    return no_memory("the other process passed something else");
  void* data = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, memory.get(), 0);
  if (data == MAP_FAILED) return no_memory(system_reason(errno));
  return SharedMemory(static_cast<char*>(data), size);
}

#else

Result<Descriptor> SharedMemory::create(size_t) {
  return no_memory("this system has no sealed memory");
}

Result<SharedMemory> SharedMemory::map(const Descriptor&, size_t) {
  return no_memory("this system has no sealed memory");
}

#endif

void SharedMemory::clear(size_t offset, size_t size) {
#ifdef MADV_REMOVE
  if (::madvise(data_ + offset, size, MADV_REMOVE) == 0) return;
#endif
  std::memset(data_ + offset, 0, size);
}

SharedMemory::SharedMemory(SharedMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)), size_(other.size_) {}

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace callgate
