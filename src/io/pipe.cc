// Makes pairs of connected descriptors.
#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "callgate/io/stream.h"
#include "loop_impl.h"

namespace callgate {

namespace {

Error no_pair(int error) { return {"io.pipe", "cannot make a pipe: " + system_reason(error), ""}; }

}  // namespace

Result<PipePair> make_pipe() {
  int ends[2];
#ifdef __linux__
  if (::pipe2(ends, O_CLOEXEC) != 0) return no_pair(errno);
#else
  if (::pipe(ends) != 0) return no_pair(errno);
  for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
#endif
  return PipePair{.read = ends[0], .write = ends[1]};
}

Result<SocketPair> make_socket_pair() {
  int ends[2];
#ifdef __linux__
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) return no_pair(errno);
#else
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return no_pair(errno);
  for (const int end : ends) ::fcntl(end, F_SETFD, FD_CLOEXEC);
#endif
  return SocketPair{.ours = ends[0], .theirs = ends[1]};
}

}  // namespace callgate
