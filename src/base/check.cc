#include "callgate/base/check.h"

#include <cstdio>
#include <cstdlib>

namespace callgate {

void check_failed(const char* condition, const char* file, int line) noexcept {
  std::fprintf(stderr, "callgate: CHECK failed: %s at %s:%d (a bug; please report it)\n", condition,
               file, line);
  std::abort();
}

}  // namespace callgate
