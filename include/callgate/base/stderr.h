// The program's stderr. A gate must never wait for whoever reads it: a client that does not read
// would stop every call. So a gate hands its lines to a thread, and what that can't write in time
// is dropped and counted.
#pragma once

#include <string_view>

namespace callgate {

/// Writes whole lines, in order. Any thread. Waits for the reader, as a command's messages should,
/// until `stderr_never_waits` was called.
void write_stderr(std::string_view lines);

/// From now on lines are queued (256 KiB at most) and written by a thread. Lines that find the
/// queue full are dropped; their number is written once there is room.
void stderr_never_waits();
bool stderr_is_queued();

/// Before the program ends: gives a reader a moment to take what is queued.
void finish_stderr();

/// For a process that is about to crash: writes if that needs no waiting. At most 4096 bytes.
void write_stderr_if_ready(std::string_view text) noexcept;

}  // namespace callgate
