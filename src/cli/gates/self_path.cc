#include "self_path.h"

#ifdef __APPLE__
#include <mach-o/dyld.h>
#else
#include <unistd.h>
#endif

#include <climits>

namespace callgate {

std::string self_path() {
  char path[PATH_MAX] = "";
#ifdef __APPLE__
  uint32_t size = sizeof path;
  return _NSGetExecutablePath(path, &size) == 0 ? path : "callgate";
#else
  const ssize_t size = readlink("/proc/self/exe", path, sizeof path);
  return size > 0 ? std::string(path, static_cast<size_t>(size)) : "callgate";
#endif
}

}  // namespace callgate
