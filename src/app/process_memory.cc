#include "process_memory.h"

#include <unistd.h>

#include <cstdio>
#include <string>
#include <vector>
#ifdef __APPLE__
#include <libproc.h>
#endif

#include "descendants.h"
#include "observe.h"

namespace callgate {

uint64_t resident_bytes(int64_t pid) {
  if (pid <= 0) return 0;
#ifdef __APPLE__
  rusage_info_v0 usage{};
  if (proc_pid_rusage(static_cast<int>(pid), RUSAGE_INFO_V0,
                      reinterpret_cast<rusage_info_t*>(&usage)) != 0)
    return 0;
  return usage.ri_resident_size;
#else
  std::FILE* file = std::fopen(("/proc/" + std::to_string(pid) + "/statm").c_str(), "re");
  if (!file) return 0;
  unsigned long long all = 0, resident = 0;
  const int read = std::fscanf(file, "%llu %llu", &all, &resident);
  std::fclose(file);
  return read == 2 ? resident * static_cast<uint64_t>(::sysconf(_SC_PAGESIZE)) : 0;
#endif
}

#ifdef __APPLE__
namespace {

void add_below(int pid, std::vector<int>& found) {
  constexpr size_t kMost = 10'000;
  std::vector<int> children(1024);
  const int count = proc_listchildpids(pid, children.data(),
                                       static_cast<int>(children.size() * sizeof children[0]));
  for (int i = 0; i < count && found.size() < kMost; ++i)
    found.push_back(children[static_cast<size_t>(i)]);
}

}  // namespace

uint64_t resident_bytes_of_server(int64_t pid) {
  if (pid <= 0) return 0;
  std::vector<int> found{static_cast<int>(pid)};
  for (size_t i = 0; i < found.size(); ++i) add_below(found[i], found);
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
