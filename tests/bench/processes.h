// Measures the resources that a tree of processes uses, from /proc. On other systems, all figures
// are zero.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>

namespace bench {

struct Usage {
  int64_t cpu_ns = 0;
  int64_t rss_kib = 0;
  int64_t pss_kib = 0;   ///< shared pages are divided among the processes that share them
  int64_t wake_ups = 0;  ///< voluntary context switches of all threads
};

struct TreeUsage {
  Usage root;    ///< the process itself
  Usage others;  ///< its descendants
  int other_processes = 0;
};

/// Measures `root` and its descendants, except processes whose name is in `leave_out` and their
/// descendants.
TreeUsage usage_of(pid_t root, const std::set<std::string>& leave_out);

}  // namespace bench
