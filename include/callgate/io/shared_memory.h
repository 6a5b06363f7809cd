// Memory that two processes share. One creates it and passes its descriptor to the other. Source:
// memfd_create(2), fcntl(2) "File Sealing".
#pragma once

#include <cstddef>

#include "callgate/base/result.h"
#include "callgate/io/descriptor.h"

namespace callgate {

/// Shared memory that is mapped into this process. The mapping ends with the object.
class SharedMemory {
 public:
  /// Creates `size` bytes of memory, which are 0. Nobody can change the size afterwards. Pages that
  /// are never written use no memory. Error: "io.memory", always on other systems than Linux.
  static Result<Descriptor> create(size_t size);
  /// Maps all `size` bytes. Checks that the descriptor comes from create() with this size, because
  /// otherwise another process could cut the memory, and the next access would end this process.
  /// Error: "io.memory".
  static Result<SharedMemory> map(const Descriptor& memory, size_t size);

  SharedMemory(SharedMemory&& other) noexcept;
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  SharedMemory& operator=(SharedMemory&&) = delete;
  ~SharedMemory();

  char* data() const { return data_; }
  /// Sets `size` bytes at `offset` to 0. If both are multiples of the page size, their memory is
  /// given back to the system.
  void clear(size_t offset, size_t size);

 private:
  SharedMemory(char* data, size_t size) : data_(data), size_(size) {}
  char* data_;
  size_t size_;
};

}  // namespace callgate
