// Starts a child process with pipes as its stdin and stdout.
#pragma once

#include <sys/types.h>

namespace bench {

struct Subprocess {
  pid_t pid = -1;
  int in = -1;   ///< our end of its stdin
  int out = -1;  ///< our end of its stdout
};

/// Starts the command, which is searched in PATH. `argv` ends with nullptr. Exits with 1 if the
/// command cannot be started.
Subprocess start(char** argv);
/// Waits for the process and returns its exit status as a shell computes it.
int exit_status(pid_t pid);

/// Writes all bytes, also to a non-blocking descriptor. Returns false if the reader is gone.
bool write_all(int fd, const char* bytes, size_t size);

}  // namespace bench
