// The program's stderr. A gate must never wait for the reader of its stderr, because a client that
// does not read would then stop every call. So a gate hands its lines to a thread. Lines that the
// thread can't write in time are dropped and counted.
#pragma once

#include <string_view>

namespace callgate {

/// Writes whole lines, in order. May be called from any thread. Waits for the reader of stderr,
/// because a command's messages must not be lost; once stderr_never_waits() was called, it never
/// waits.
void write_stderr(std::string_view lines);

/// From now on, write_stderr() puts lines into a queue of at most 256 KiB, and a thread writes
/// them. While the queue is full, lines are dropped. Their number is written as soon as the queue
/// has room again.
void stderr_never_waits();
bool stderr_is_queued();

/// Waits until all queued lines are written, for at most 100 ms. To be called before the program
/// ends.
void finish_stderr();

/// Writes at most 4096 bytes, or nothing if it would have to wait. For a process that is about to
/// crash.
void write_stderr_if_ready(std::string_view text) noexcept;

}  // namespace callgate
