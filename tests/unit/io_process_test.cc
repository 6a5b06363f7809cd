#include <sys/wait.h>

#include <cerrno>
#include <csignal>

#include "io_support.h"

using namespace callgate;

namespace {

SpawnOptions shell(const std::string& script, std::vector<int> fds = {-1, -1, -1}) {
  return {.file = "sh",
          .args = {"sh", "-c", script},
          .env = {"PATH=/usr/bin:/bin"},
          .cwd = "",
          .fds = std::move(fds)};
}

}  // namespace

TEST_CASE("the exit status of a process is reported") {
  Loop loop;
  int status = -1;
  auto process = Process::spawn(loop, shell("exit 7"), [&status](int code) { status = code; });
  REQUIRE(process.ok());
  CHECK((*process)->pid() > 0);
  loop.run();
  CHECK(status == 7);
}

TEST_CASE("a signal is reported as 128 plus its number, and it ends the whole process group") {
  Loop loop;
  const auto pipe = piped();
  int status = -1;
  auto process = Process::spawn(loop, shell("sleep 1000 & echo up; wait", {-1, pipe.write, -1}),
                                [&](int code) { status = code; });
  REQUIRE(process.ok());
  ::close(pipe.write);
  auto in = opened(loop, pipe.read);
  bool ended = false;
  in->read([&process](std::string_view) { (*process)->kill(SIGKILL); },
           [&ended](Status) { ended = true; });
  loop.run();
  CHECK(status == 128 + SIGKILL);
  CHECK(ended);
}

TEST_CASE("a process gets its own environment, folder and descriptors") {
  Loop loop;
  const auto pipe = piped();
  auto options = shell("pwd; echo $A; cat /dev/stdin", {-1, pipe.write, -1});
  options.env.push_back("A=b");
  options.cwd = "/";
  auto process = Process::spawn(loop, options, [](int) {});
  REQUIRE(process.ok());
  ::close(pipe.write);
  auto in = opened(loop, pipe.read);
  std::string seen;
  in->read([&seen](std::string_view bytes) { seen += bytes; }, [](Status) {});
  loop.run();
  CHECK(seen == "/\nb\n");
}

TEST_CASE("a failed start returns the system's reason and leaks no descriptor") {
  const size_t before = open_descriptors();
  {
    Loop loop;
    auto options = shell("");
    options.file = "no-such-program-anywhere";
    const auto process = Process::spawn(loop, options, [](int) { FAIL("told"); });
    REQUIRE_FALSE(process.ok());
    CHECK(process.error().code == "io.spawn");
    CHECK(process.error().message ==
          "cannot start no-such-program-anywhere: no such file or directory");
    loop.run();
  }
  CHECK(open_descriptors() == before);
}

TEST_CASE("a process without an owner is reaped and does not keep the loop running") {
  Loop loop;
  int pid = 0;
  const auto pipe = piped();
  {
    auto process =
        Process::spawn(loop, shell("read x", {pipe.read, -1, -1}), [](int) { FAIL("told"); });
    REQUIRE(process.ok());
    pid = (*process)->pid();
  }
  ::close(pipe.read);
  loop.run();
  CHECK(::kill(pid, 0) == 0);
  ::close(pipe.write);
  Timer poll(loop);
  std::function<void()> look = [&] {
    if (::kill(pid, 0) == 0)
      poll.start(Millis{1}, look);
    else
      loop.stop();
  };
  look();
  run_until_stopped(loop);
  CHECK(::waitpid(pid, nullptr, WNOHANG) == -1);
}

TEST_CASE("a loop can end while a process without an owner runs") {
  int pid = 0;
  {
    Loop loop;
    auto process = Process::spawn(loop, shell("exec sleep 1000"), [](int) { FAIL("told"); });
    REQUIRE(process.ok());
    pid = (*process)->pid();
  }
  ::kill(pid, SIGKILL);
  CHECK(::waitpid(pid, nullptr, 0) == pid);
}
