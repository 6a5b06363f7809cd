// bench_relay: the simplest program to compare Callgate with. It copies bytes between its own stdin
// and stdout and those of a command, with one thread for each direction, and parses nothing. No
// program between a client and a server can be much faster.
//
//   bench_relay COMMAND [ARGUMENT...]
#include <unistd.h>

#include <cerrno>
#include <thread>

#include "subprocess.h"

namespace {

void copy(int from, int to) {
  char chunk[64 * 1024];
  for (;;) {
    const ssize_t n = read(from, chunk, sizeof chunk);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0 || !bench::write_all(to, chunk, static_cast<size_t>(n))) break;
  }
  close(to);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const bench::Subprocess child = bench::start(argv + 1);
  std::thread up(copy, STDIN_FILENO, child.in);
  copy(child.out, STDOUT_FILENO);
  _exit(bench::exit_status(child.pid));  // the thread `up` may still be in read()
}
