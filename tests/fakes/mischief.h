// What a server should not do to whoever started it: noise, floods, files of evidence, and
// processes that stay.
#pragma once

#include <string>
#include <string_view>

namespace fake {

enum class Grandchild { HoldsStdout, OwnSession, Orphan };

/// A process that ignores HUP and TERM and lives on (ten minutes at most, lest a failed test leaves
/// it for good).
void leave_behind(Grandchild kind);
/// Lines on a server's stdout that are no messages, as found in the field.
std::string_view noise();
void flood_stderr(long bytes);
/// One write with O_APPEND, so that lines of several processes stay whole.
void append_line(const std::string& file, std::string_view line);
long count_lines(const std::string& file);
std::string read_file(const std::string& file);
/// All of it, blocking; a reader that is gone ends the process.
void write_all(int fd, std::string_view bytes);

}  // namespace fake
