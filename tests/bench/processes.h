// What a tree of processes uses, read from /proc. On another system everything is zero.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <set>
#include <string>

namespace bench {

struct Usage {
  int64_t cpu_ns = 0;
  int64_t rss_kib = 0;
  int64_t pss_kib = 0;   ///< shared pages by share
  int64_t wake_ups = 0;  ///< voluntary context switches of all threads
};

struct TreeUsage {
  Usage root;    ///< the process itself
  Usage others;  ///< its descendants
  int other_processes = 0;
};

/// Of `root` and its descendants, without those whose name is in `leave_out` (and their
/// descendants).
TreeUsage usage_of(pid_t root, const std::set<std::string>& leave_out);

}  // namespace bench
