#include "mischief.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace fake {

namespace {

using namespace std::string_view_literals;

constexpr unsigned kMischiefSeconds = 600;

[[noreturn]] void live_on(Grandchild kind) {
  std::signal(SIGHUP, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  std::signal(SIGALRM, SIG_DFL);
  alarm(kMischiefSeconds);
  const int nothing = open("/dev/null", O_RDWR);
  dup2(nothing, 0);
  if (kind != Grandchild::HoldsStdout) {
    dup2(nothing, 1);
    dup2(nothing, 2);
  }
  for (;;) pause();
}

}  // namespace

void leave_behind(Grandchild kind) {
  if (fork() != 0) return;
  if (kind != Grandchild::HoldsStdout) setsid();
  if (kind == Grandchild::Orphan && fork() != 0) _exit(0);
  live_on(kind);
}

std::string_view noise() {
  return "Server listening on stdio\n"
         "\xEF\xBB\xBF\n"
         "\x1b[32m\xE2\x9C\x93 ready\x1b[0m\n"
         "\n"
         "   \t \r\n"
         "zero\0byte\n"
         "\xff\xfe\x80 not utf-8\n"
         "{\n  \"level\": \"info\",\n  \"message\": \"pretty\"\n}\n"
         "{\"level\":\"info\",\"message\":\"no message of the protocol\"}\n"
         "{\"jsonrpc\":\"2.0\",\"method\":\n"
         "42\n"
         "null\n"
         "\"text\"\n"
         "[]\n"sv;
}

void flood_stderr(long bytes) {
  std::string line(1023, 'e');
  line += '\n';
  while (bytes > 0) {
    const size_t part = std::min(line.size(), static_cast<size_t>(bytes));
    write_all(2, std::string_view(line).substr(line.size() - part));
    bytes -= static_cast<long>(part);
  }
}

void append_line(const std::string& file, std::string_view line) {
  const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (fd < 0) {
    std::perror(file.c_str());
    std::exit(2);
  }
  write_all(fd, std::string(line) + "\n");
  close(fd);
}

long count_lines(const std::string& file) {
  std::ifstream in(file);
  return std::count(std::istreambuf_iterator<char>(in), {}, '\n');
}

std::string read_file(const std::string& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) {
    std::perror(file.c_str());
    std::exit(2);
  }
  return {std::istreambuf_iterator<char>(in), {}};
}

void write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) _exit(1);
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

}  // namespace fake
