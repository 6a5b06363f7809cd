// Runs work that may block (a slow file system, a command) on other threads than the loop's.
#pragma once

#include <functional>

#include "callgate/io/loop.h"

namespace callgate {

/// Short and long work have separate threads (at most four and eight), so that a slow command never
/// delays the resolution of a path.
enum class Work { Short, Long };

/// Runs `work` on another thread and calls `done` once on the loop, never from within this
/// function. After `limit`, `done(false)` is called and the work is abandoned. It may still be
/// running, even for ever, so it must share ownership of what it writes to. The loop does not wait
/// for these threads when it ends.
void run_blocking(Loop& loop, Work kind, Millis limit, std::function<void()> work,
                  std::function<void(bool finished)> done);

}  // namespace callgate
