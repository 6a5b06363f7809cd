// Actions by which a server harms the program that started it, such as noise, floods and processes
// that stay, and the files in which tests see them.
#pragma once

#include <string>
#include <string_view>

namespace fake {

enum class Grandchild { HoldsStdout, OwnSession, Orphan };

/// Starts a process that ignores SIGHUP and SIGTERM and stays, for at most ten minutes in case a
/// test fails.
void leave_behind(Grandchild kind);
/// Returns lines that are not messages, as real servers write them to stdout.
std::string_view noise();
void flood_stderr(long bytes);
/// Appends a line with one write and O_APPEND, so that lines of several processes stay whole.
void append_line(const std::string& file, std::string_view line);
long count_lines(const std::string& file);
std::string read_file(const std::string& file);
/// Writes all bytes and blocks until then. If the reader is gone, the process ends.
void write_all(int fd, std::string_view bytes);

}  // namespace fake
