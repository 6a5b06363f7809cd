#include "process_memory.h"

#include <unistd.h>

#include <cstdio>
#include <string>
#ifdef __APPLE__
#include <libproc.h>
#endif

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

}  // namespace callgate
