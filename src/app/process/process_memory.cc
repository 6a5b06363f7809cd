#include "process_memory.h"

#include <unistd.h>

#include <vector>

#include "descendants.h"
#include "process_info.h"

namespace callgate {

#ifdef __APPLE__
uint64_t resident_bytes_of_server(int64_t pid) {
  if (pid <= 0) return 0;
  std::vector<int> found{static_cast<int>(pid)};
  constexpr size_t kMost = 10'000;
  for (size_t i = 0; i < found.size() && found.size() < kMost; ++i)
    for (const int child : children_of(found[i])) found.push_back(child);
  uint64_t all = 0;
  for (const int each : found) all += resident_bytes(each);
  return all;
}
#else
uint64_t resident_bytes_of_server(int64_t pid) {
  if (pid <= 0) return 0;
  const auto warden = static_cast<int>(parent_of(pid));
  const bool ours = warden > 0 && parent_of(warden) == ::getpid();
  uint64_t all = 0;
  for (const int each : process_tree(ours ? warden : static_cast<int>(pid)))
    if (each != warden) all += resident_bytes(each);
  return all;
}
#endif

}  // namespace callgate
