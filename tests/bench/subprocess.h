// A child on two pipes, as the measuring programs start it.
#pragma once

#include <sys/types.h>

namespace bench {

struct Subprocess {
  pid_t pid = -1;
  int in = -1;   ///< its stdin, ours to write
  int out = -1;  ///< its stdout, ours to read
};

/// Looks the command up in PATH. `argv` ends with a null. Exits with 1 if it cannot be started.
Subprocess start(char** argv);
/// Waits for it; what a shell would call its status.
int exit_status(pid_t pid);

/// Writes all of it, also to a descriptor that does not block. False: the reader is gone.
bool write_all(int fd, const char* bytes, size_t size);

}  // namespace bench
