// The program's stderr. A gate must never wait for the reader of its stderr, because a client that
// does not read would then stop every call. So a gate hands its lines to a thread. Lines that the
// thread can't write in time are dropped and counted.
#pragma once

#include <string_view>

namespace callgate {

/// Writes whole lines, in order. Any thread. Waits for the reader until stderr_never_waits() was
/// called: a command's messages should wait.
void write_stderr(std::string_view lines);

/// From now on lines are queued (256 KiB at most) and written by a thread. Lines are dropped while
/// the queue is full; how many is written once there is room again.
void stderr_never_waits();
bool stderr_is_queued();

/// Waits at most 100 ms until the queue is written. To be called before the program ends.
void finish_stderr();

/// For a process that is about to crash. Writes at most 4096 bytes, and only if that needs no
/// waiting.
void write_stderr_if_ready(std::string_view text) noexcept;

}  // namespace callgate
