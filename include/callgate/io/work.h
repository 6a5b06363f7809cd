// Work that may block (a slow file system, a command), done beside the loop.
#pragma once

#include <functional>

#include "callgate/io/loop.h"

namespace callgate {

/// Short and long work have threads of their own (at most four and eight), so that a slow command
/// never delays a path.
enum class Work { Short, Long };

/// Runs `work` on another thread and calls `done` once on the loop, never from within. After
/// `limit` `done(false)` comes and the work is forgotten: it may still be running, even for ever,
/// so what it writes to must be shared with it, not with us. The threads are not waited for when
/// the loop ends.
void run_blocking(Loop& loop, Work kind, Millis limit, std::function<void()> work,
                  std::function<void(bool finished)> done);

}  // namespace callgate
