#include "callgate/base/check.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "callgate/base/stderr.h"

namespace callgate {

void check_failed(const char* condition, const char* file, int line) noexcept {
  char text[1024];
  const int size = std::snprintf(text, sizeof text,
                                 "callgate: ENSURE failed: %s at %s:%d (a bug; please report it)\n",
                                 condition, file, line);
  // This must not wait for a reader of stderr, because our children are ended only after this
  // process has ended.
  if (size > 0) write_stderr_if_ready({text, std::min(static_cast<size_t>(size), sizeof text - 1)});
  std::abort();
}

}  // namespace callgate
