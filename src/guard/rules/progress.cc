#include "progress.h"

#include <algorithm>

namespace callgate {

void Progress::add(bool progress, uint32_t window) {
  bits_[count_++ % std::min<size_t>(window, kMost)] = progress;
}

}  // namespace callgate
