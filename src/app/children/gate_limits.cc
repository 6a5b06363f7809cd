// Sets the limits of a gate process, and returns the earlier limits, which its children get.
#include <sys/resource.h>

#include <algorithm>

#include "callgate/app/warden.h"

namespace callgate {

ChildLimits set_gate_limits() {
  ChildLimits before;
  rlimit limit{};
  if (::getrlimit(RLIMIT_CORE, &limit) == 0) {
    const auto soft = static_cast<uint64_t>(limit.rlim_cur);
    limit.rlim_cur = 0;
    if (::setrlimit(RLIMIT_CORE, &limit) == 0) before.core_file = soft;
  }
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    const auto soft = static_cast<uint64_t>(limit.rlim_cur);
    limit.rlim_cur = limit.rlim_max;
#ifdef __APPLE__
    limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, 10'240);  // OPEN_MAX: macOS refuses more
#endif
    if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) before.open_files = soft;
  }
  return before;
}

}  // namespace callgate
