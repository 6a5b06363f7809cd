#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <thread>

#include "callgate/io/spawn.h"
#include "io_support.h"

using namespace callgate;

namespace {

SpawnOptions shell_at(const std::string& script, std::vector<int> fds) {
  return {.file = "/bin/sh",
          .args = {"sh", "-c", script},
          .env = {"PATH=/usr/bin:/bin"},
          .cwd = "",
          .fds = std::move(fds)};
}

std::string read_all(int fd) {
  std::string all;
  char part[256];
  for (ssize_t count = 0; (count = ::read(fd, part, sizeof part)) > 0;)
    all.append(part, static_cast<size_t>(count));
  return all;
}

}  // namespace

TEST_CASE("a process gets descriptors whose numbers are those of its other descriptors") {
  const auto first = piped(), second = piped();
  // The first number is the second descriptor's, and the other way round.
  std::vector<int> fds(static_cast<size_t>(std::max(first.write, second.write)) + 1, -1);
  fds[static_cast<size_t>(second.write)] = first.write;
  fds[static_cast<size_t>(first.write)] = second.write;
  const auto pid =
      spawn_process(shell_at("echo first >/dev/fd/" + std::to_string(second.write) +
                                 "; echo second >/dev/fd/" + std::to_string(first.write),
                             fds));
  REQUIRE(pid.ok());
  ::close(first.write);
  ::close(second.write);
  CHECK(read_all(first.read) == "first\n");
  CHECK(read_all(second.read) == "second\n");
  int status = -1;
  CHECK(::waitpid(*pid, &status, 0) == *pid);
  CHECK(status == 0);
  ::close(first.read);
  ::close(second.read);
}

TEST_CASE("spawn_process says why a program cannot be started") {
  int error = 0;
  const auto pid = spawn_process({.file = "/nowhere/program", .args = {"program"}}, &error);
  REQUIRE_FALSE(pid.ok());
  CHECK(error == ENOENT);
  CHECK(pid.error().message == "cannot start /nowhere/program: no such file or directory");
}

TEST_CASE("spawn_aside starts a process, closes its descriptors and leaves no zombie") {
  const auto in = piped(), out = piped();
  std::vector<Descriptor> fds;
  fds.emplace_back(in.read);
  fds.emplace_back(out.write);
  spawn_aside(shell_at("echo $$; read x", {in.read, out.write, -1}), std::move(fds),
              [](int) { FAIL("started"); });
  std::string text;
  char byte = 0;
  while (::read(out.read, &byte, 1) == 1 && byte != '\n') text += byte;
  const int pid = std::stoi(text);
  while (is_spawning()) std::this_thread::yield();
  CHECK(has_spawned(pid));
  ::close(in.write);
  CHECK(read_all(out.read).empty());  // at its end, nobody has the pipe
  while (has_spawned(pid)) collect_spawned();
  CHECK(::kill(pid, 0) == -1);
  CHECK(errno == ESRCH);
  ::close(out.read);
}

TEST_CASE("spawn_aside says why a program cannot be started, before it closes the descriptors") {
  const auto out = piped();
  std::vector<Descriptor> fds;
  fds.emplace_back(out.write);
  spawn_aside({.file = "/nowhere/program", .args = {"program"}, .fds = {-1, out.write}},
              std::move(fds), [fd = out.write](int error) {
                const std::string text = std::to_string(error);
                CHECK(::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
              });
  CHECK(read_all(out.read) == std::to_string(ENOENT));
  ::close(out.read);
}
