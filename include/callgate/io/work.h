// Runs work that may block (on a slow file system, or waiting for a command) on other threads than
// the loop's.
#pragma once

#include <functional>

#include "callgate/io/loop.h"

namespace callgate {

/// Short work and long work run on separate threads (at most four for short work and eight for long
/// work, and more while threads hang in abandoned work), so that a slow command never delays the
/// resolution of a path.
enum class Work { Short, Long };

/// Runs `work` on another thread and calls `done` once on the loop, never from within this
/// function. `done(false)` means that the work took longer than `limit` and was abandoned.
/// Abandoned work may go on running, even for ever, so `work` must share ownership of everything
/// that it writes to. The loop does not wait for these threads when it ends.
void run_blocking(Loop& loop, Work kind, Millis limit, std::function<void()> work,
                  std::function<void(bool finished)> done);

}  // namespace callgate
