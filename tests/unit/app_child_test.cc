#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "app_support.h"

using namespace callgate;

namespace {

ChildEndTimes graces(Millis grace) { return {.terminate = grace, .kill = 2 * grace}; }

/// Runs the loop for a few turns, so that everything written before has been sent.
void loop_turns(Loop& loop) {
  int turns = 0;
  wait_for(loop, [&] { return ++turns > 3; });
}

}  // namespace

TEST_CASE("a child receives lines and its lines are delivered") {
  Loop loop;
  Watched cat(loop, command({"cat"}));
  CHECK(cat.child->send(R"({"id":1})"));
  CHECK(cat.child->send(std::string(1 << 20, 'x')));
  REQUIRE(cat.wait_lines(2));
  CHECK(cat.lines[0] == R"({"id":1})");
  CHECK(cat.lines[1].size() == size_t{1} << 20);
  CHECK(cat.running > 0);
  CHECK(cat.child->pid() == cat.running);
  cat.child->stop(graces(Millis{20'000}));
  REQUIRE(cat.wait_gone());
  CHECK(cat.reason == "exited with status 0");
  CHECK_FALSE(cat.never_ran);
  CHECK_FALSE(cat.child->send("late"));
}

TEST_CASE(
    "the end of a child is reported once, after all its output, even if its last line is "
    "incomplete") {
  Loop loop;
  Watched shell(loop, command({"sh", "-c", "echo one; printf two; echo why >&2; exit 7"}));
  REQUIRE(shell.wait_gone());
  CHECK(shell.lines == std::vector<std::string>{"one", "two"});
  CHECK(shell.reason == "exited with status 7");
  CHECK(shell.tail == "why");
  wait_for(loop, [&shell] { return shell.child->pid() > 0; });
  CHECK(shell.gone == 1);
}

TEST_CASE("the reason of a child that a signal ended names the signal") {
  Loop loop;
  Watched shell(loop, command({"sh", "-c", "kill -9 $$"}));
  REQUIRE(shell.wait_gone());
  CHECK(shell.reason == "was killed by signal 9 (Killed)");
}

TEST_CASE("a failed start returns an error with a code and the next step") {
  Folder folder;
  Loop loop;
  SUBCASE("the command does not exist") {
    Watched none(loop, command({"no-such-command-here"}));
    REQUIRE(none.wait_gone());
    CHECK(none.never_ran);
    CHECK(none.running == 0);
    CHECK(none.reason ==
          "could not be started: no such file or directory: no-such-command-here, in none of "
          "/usr/bin:/bin (child.not_found); "
          "install the program, or give its full path in \"command\"");
  }
  SUBCASE("the file is not executable") {
    const std::string path = folder.path + "/plain";
    std::ofstream(path) << "x";
    Watched plain(loop, command({path}));
    REQUIRE(plain.wait_gone());
    CHECK(plain.never_ran);
    CHECK(plain.reason == "could not be started: permission denied: " + path +
                              " (child.not_executable); make it executable: chmod +x " + path);
  }
  SUBCASE("the interpreter of a script is missing") {
    const std::string path = folder.path + "/script";
    std::ofstream(path) << "#!/no/such/interpreter\n";
    ::chmod(path.c_str(), 0700);
    Watched script(loop, command({path}));
    REQUIRE(script.wait_gone());
    CHECK(script.never_ran);
    CHECK(script.reason.find("the interpreter in the first line of " + path +
                             " (child.not_found)") != std::string::npos);
  }
  SUBCASE("the working folder does not exist") {
    auto options = command({"cat"});
    options.cwd = folder.path + "/none";
    Watched cat(loop, options);
    REQUIRE(cat.wait_gone());
    CHECK(cat.never_ran);
    CHECK(cat.reason.find("the working folder " + options.cwd + " (child.cwd)") !=
          std::string::npos);
  }
  SUBCASE("the warden cannot be started") {
    auto options = command({"cat"});
    options.warden = folder.path + "/none";
    Watched cat(loop, options);
    REQUIRE(cat.wait_gone());
    CHECK(cat.never_ran);
    CHECK(cat.reason ==
          "could not be started: no such file or directory: callgate's own program, of which "
          "each server needs a process (child.start); install callgate again if its program is "
          "missing, "
          "otherwise end other programs or raise the limit of open files (ulimit -n)");
  }
}

TEST_CASE("a start without free descriptors fails and leaks no descriptor") {
  Loop loop;
  const size_t before = open_descriptors();
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  bool aside = false;
  for (size_t room = 0; room < 15; ++room) {
    rlimit few = files;
    few.rlim_cur = before - 1 + room;
    ::setrlimit(RLIMIT_NOFILE, &few);
    std::optional<Error> error;
    bool gone = false;
    ChildEvents events;
    events.on_gone = [&](const ChildEnd& end) {
      gone = true;
      error = end.not_started;
    };
    auto child = ChildProcess::start(loop, command({"cat"}), std::move(events));
    if (child) {
      aside = true;  // it fails on the thread that starts wardens
      wait_for(loop, [&] { return gone; });
    } else {
      error = child.error();
    }
    ::setrlimit(RLIMIT_NOFILE, &files);
    if (child) child->reset();
    loop_turns(loop);
    REQUIRE(error);
    CHECK(error->code == "child.start");
    CHECK(open_descriptors() == before);
  }
  CHECK(aside);
}

TEST_CASE("a child gets its folder, its environment and the run id, and nothing else") {
  Loop loop;
  ::setenv("CALLGATE_TEST_OURS", "secret", 1);
  auto options = command({"sh", "-c",
                          "pwd; env | grep -v -e ^PWD= -e ^SHLVL= -e ^_= -e ^OLDPWD= | sort; ls "
                          "/proc/self/fd | wc -l"});
  options.cwd = "/";
  options.env.push_back("A=b");
  options.env.push_back("CALLGATE_RUN=forged");
  Watched shell(loop, options);
  REQUIRE(shell.wait_gone());
  // The four descriptors are 0, 1, 2 and the folder that ls reads.
  CHECK(shell.lines ==
        std::vector<std::string>{"/", "A=b", "CALLGATE_RUN=test-run", "PATH=/usr/bin:/bin", "4"});
  ::unsetenv("CALLGATE_TEST_OURS");
}

#ifdef __linux__
TEST_CASE("no other process can open a child's stdin by its name") {
  Loop loop;
  const auto opened = [](const Watched& child, int fd, int how) {
    const std::string name = "/proc/" + std::to_string(child.running) + "/fd/" + std::to_string(fd);
    const int got = ::open(name.c_str(), how | O_NONBLOCK | O_CLOEXEC);
    if (got >= 0) ::close(got);
    return got >= 0;
  };
  Watched cat(loop, command({"cat"}));
  REQUIRE(cat.child->send("one"));
  REQUIRE(cat.wait_lines(1));
  CHECK_FALSE(opened(cat, 0, O_WRONLY));
  CHECK_FALSE(opened(cat, 0, O_RDONLY));
  CHECK(opened(cat, 1, O_WRONLY));
  auto options = command({"cat"});
  options.stdio = ChildStdio::Sockets;
  Watched closed(loop, options);
  const std::string large(size_t{1} << 20, 'x');
  REQUIRE(closed.child->send(large));
  REQUIRE(closed.wait_lines(1));
  CHECK(closed.lines[0] == large);
  CHECK_FALSE(opened(closed, 0, O_WRONLY));
  CHECK_FALSE(opened(closed, 1, O_WRONLY));
  closed.child->stop(graces(Millis{20'000}));
  REQUIRE(closed.wait_gone());
  CHECK(closed.reason == "exited with status 0");
  options.stdio = ChildStdio::Pipes;
  options.argv = {"sh", "-c", "cat < /dev/stdin"};
  Watched pipes(loop, options);
  REQUIRE(pipes.child->send("two"));
  REQUIRE(pipes.wait_lines(1));
  CHECK(opened(pipes, 0, O_WRONLY));
}

TEST_CASE("bash does not read its start files for remote shells, although stdin is a socket") {
  Folder folder;
  std::ofstream(folder.path + "/.bashrc") << "echo read\n";
  Loop loop;
  auto options = command({"bash", "-c", "echo done"});
  options.env.push_back("HOME=" + folder.path);
  Watched bash(loop, options);
  REQUIRE(bash.wait_gone());
  CHECK(bash.lines == std::vector<std::string>{"done"});
}

TEST_CASE("a child that writes to its stdin still gets its input and ends") {
  Loop loop;
  Watched odd(loop, command({"sh", "-c", "trap '' PIPE; echo x >&0; cat; echo end"}));
  REQUIRE(odd.child->send("one"));
  odd.child->stop(graces(Millis{20'000}));
  REQUIRE(odd.wait_gone());
  CHECK(odd.lines == std::vector<std::string>{"one", "end"});
}
#endif

TEST_CASE("a child has real pipes, default signals and its own limit of open files") {
  Loop loop;
  auto options = fake("limits");
  options.limits.open_files = 123;
  Watched limits(loop, options);
  REQUIRE(limits.wait_gone());
  REQUIRE(limits.lines.size() == 3);
  CHECK(limits.lines[0] == "123");
  CHECK(limits.lines[1] == "SigBlk:\t0000000000000000");
  CHECK(limits.lines[2] == "SigIgn:\t0000000000000000");
  options = command({"sh", "-c", "echo x > /dev/stdout; test -p /dev/stdin && echo pipe"});
  options.stdio = ChildStdio::Pipes;
  Watched pipes(loop, options);
  REQUIRE(pipes.wait_gone());
  CHECK(pipes.lines == std::vector<std::string>{"x", "pipe"});
}

TEST_CASE("a gate leaves no core file, and its children get the limits that it had at its start") {
  rlimit files{}, core{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  ::getrlimit(RLIMIT_CORE, &core);
  rlimit some = core;
  some.rlim_cur = std::min<rlim_t>(8192, core.rlim_max);
  ::setrlimit(RLIMIT_CORE, &some);
  Loop loop;
  auto options = command({"sh", "-c", "ulimit -c"});
  options.limits = set_gate_limits();
  rlimit now{};
  ::getrlimit(RLIMIT_CORE, &now);
  CHECK(now.rlim_cur == 0);
  CHECK(options.limits.core_file == some.rlim_cur);
  Watched shell(loop, options);
  REQUIRE(shell.wait_gone());
  CHECK(shell.lines == std::vector<std::string>{std::to_string(some.rlim_cur / 512)});
  ::setrlimit(RLIMIT_NOFILE, &files);
  ::setrlimit(RLIMIT_CORE, &core);
}

TEST_CASE("a child that ignores the end of stdin and SIGTERM is killed") {
  Loop loop;
  Watched stubborn(loop, fake("stubborn"));
  REQUIRE(stubborn.wait_lines(1));
  stubborn.child->stop(graces(Millis{20}));
  REQUIRE(stubborn.wait_gone());
  CHECK(stubborn.reason == "was killed by signal 9 (Killed)");
  CHECK_FALSE(alive(stubborn.running));
}

TEST_CASE("a child that ignores only the end of stdin gets SIGTERM") {
  Loop loop;
  Watched deaf(loop, fake("deaf"));
  REQUIRE(deaf.wait_lines(1));
  deaf.child->stop(graces(Millis{20}));
  REQUIRE(deaf.wait_gone());
  CHECK(deaf.reason == "was killed by signal 15 (Terminated)");
}

TEST_CASE("twenty stubborn children are stopped at the same time") {
  Loop loop;
  std::vector<std::unique_ptr<Watched>> all;
  for (int i = 0; i < 20; ++i) all.push_back(std::make_unique<Watched>(loop, fake("stubborn")));
  for (auto& one : all) REQUIRE(one->wait_lines(1));
  for (auto& one : all) one->child->stop(graces(Millis{50}));
  for (auto& one : all) {
    REQUIRE(one->wait_gone());
    CHECK_FALSE(alive(one->running));
  }
}

TEST_CASE("the end of a child that has closed all its pipes is still reported") {
  Loop loop;
  Watched quiet(loop, fake("no-output-pipes"));
  REQUIRE(wait_for(loop, [&quiet] { return quiet.running > 0; }));
  CHECK(quiet.gone == 0);
  ::kill(quiet.running, SIGKILL);
  REQUIRE(quiet.wait_gone());
  CHECK(quiet.reason == "was killed by signal 9 (Killed)");
}

TEST_CASE("processes that a server leaves are killed, even if they hold its pipes") {
  Loop loop;
  Watched leaver(loop, fake("leaves-family"));
  REQUIRE(leaver.wait_lines(2));
  REQUIRE(leaver.wait_gone());
  CHECK(leaver.reason == "exited with status 3");
  for (const auto& pid : leaver.lines) {
    CHECK(wait_for(loop, [&pid] { return !alive(std::atoi(pid.c_str())); }));
  }
}

TEST_CASE("destroying a child ends every process that it started, detached ones too") {
  Loop loop;
  Watched family(loop, fake("family"));
  REQUIRE(family.wait_lines(3));
  for (const auto& pid : family.lines) CHECK(alive(std::atoi(pid.c_str())));
  family.child.reset();
  for (const auto& pid : family.lines) {
    CHECK(wait_for(loop, [&pid] { return !alive(std::atoi(pid.c_str())); }));
  }
  CHECK(family.gone == 0);
}

TEST_CASE("a server that was asked to stop keeps its time to end, even if its gate is gone") {
  Folder folder;
  Loop loop;
  const std::string done = folder.path + "/done";
  Watched slow(loop, command({"sh", "-c",
                              "echo up; read line; sleep 0.3; echo bye; echo bye >&2; sleep 0.1; "
                              "head -c 300000 /dev/zero; echo done > " +
                                  done}));
  REQUIRE(slow.wait_lines(1));
  const int pid = slow.running;
  slow.child->stop({.terminate = Millis{20'000}, .kill = Millis{20'000}});
  loop_turns(loop);
  slow.child.reset();
  CHECK(wait_for(loop, [&] { return ::access(done.c_str(), F_OK) == 0; }));
  CHECK(wait_for(loop, [&] { return !alive(pid); }));
}

TEST_CASE("a stubborn server is killed on time, even if its gate is gone") {
  Loop loop;
  Watched stubborn(loop, fake("stubborn"));
  REQUIRE(stubborn.wait_lines(1));
  const int pid = stubborn.running;
  stubborn.child->stop(graces(Millis{20'000}));
  stubborn.child->stop({.terminate = Millis{50}, .kill = Millis{300}});
  loop_turns(loop);
  stubborn.child.reset();
  CHECK(wait_for(loop, [&] { return !alive(pid); }));
}

TEST_CASE("stopping a child ends every process that it started") {
  Loop loop;
  Watched family(loop, fake("family"));
  REQUIRE(family.wait_lines(3));
  family.child->stop(graces(Millis{5}));
  REQUIRE(family.wait_gone());
  for (const auto& pid : family.lines) CHECK_FALSE(alive(std::atoi(pid.c_str())));
}

TEST_CASE("a server ends when its warden is killed") {
  Loop loop;
  Watched stubborn(loop, fake("stubborn"));
  REQUIRE(stubborn.wait_lines(1));
  std::ifstream stat("/proc/" + std::to_string(stubborn.running) + "/stat");
  std::string text;
  std::getline(stat, text);
  const int warden = std::atoi(text.c_str() + text.rfind(") ") + 4);
  REQUIRE(warden > 1);
  ::kill(warden, SIGKILL);
  REQUIRE(stubborn.wait_gone());
  CHECK(stubborn.reason == "was lost: its warden was killed");
  CHECK(wait_for(loop, [&stubborn] { return !alive(stubborn.running); }));
}

TEST_CASE("a flood on stderr blocks nothing, and its last bytes are kept") {
  Loop loop;
  auto options = fake("stderr-flood", "100");
  options.stderr_kept = 64 * 1024;
  Watched flood(loop, options);
  REQUIRE(flood.wait_gone());
  CHECK(flood.lines == std::vector<std::string>{"done"});
  CHECK(flood.child->stderr_text().size() == 64 * 1024);
  CHECK(flood.tail.ends_with("last words"));
  CHECK(flood.tail.size() <= 4096);
}

TEST_CASE("a line that exceeds the queue's limit is refused, and the child lives on") {
  Loop loop;
  auto options = fake("deaf");
  options.queue_limit = 1000;
  Watched deaf(loop, options);
  CHECK(deaf.child->send(std::string(999, 'x')));
  CHECK_FALSE(deaf.child->send(""));
  REQUIRE(deaf.wait_lines(1));
  CHECK_FALSE(deaf.child->send(std::string(1000, 'x')));
  CHECK(deaf.child->send(std::string(999, 'x')));
  CHECK(deaf.gone == 0);
}

TEST_CASE("a line over the limit is reported and the next line is delivered") {
  Loop loop;
  auto options = command({"sh", "-c", "printf '%010d\\n' 1; printf '%011d\\n' 2; echo ok"});
  options.line_limit = 10;
  Watched shell(loop, options);
  REQUIRE(shell.wait_gone());
  CHECK(shell.lines == std::vector<std::string>{"0000000001", "ok"});
  CHECK(shell.too_long == 1);
}

TEST_CASE("a child may be destroyed in each of its callbacks") {
  Loop loop;
  std::unique_ptr<ChildProcess> child;
  bool called = false;
  const auto destroy = [&] {
    child.reset();
    called = true;
  };
  ChildEvents events;
  events.on_line = [](std::string&&) {};
  events.on_too_long = [](std::string_view) {};
  events.on_gone = [](const ChildEnd&) {};
  auto options = command({"sh", "-c", "echo one; echo two; echo far too long a line"});
  options.line_limit = 5;
  SUBCASE("when it is running") {
    events.on_running = [&](int) { destroy(); };
  }
  SUBCASE("when it writes a line") {
    events.on_line = [&](std::string&&) { destroy(); };
  }
  SUBCASE("when it writes an overlong line") {
    events.on_too_long = [&](std::string_view) { destroy(); };
  }
  SUBCASE("when it is gone") {
    events.on_gone = [&](const ChildEnd&) { destroy(); };
  }
  auto started = ChildProcess::start(loop, options, events);
  REQUIRE(started.ok());
  child = std::move(*started);
  CHECK(wait_for(loop, [&called] { return called; }));
}

TEST_CASE("fifty children leave no descriptor, no zombie and no process") {
  // Wardens of loops that have ended have no owner; they end by themselves.
  while (::waitpid(-1, nullptr, 0) > 0) {
  }
  Loop loop;
  const size_t before = open_descriptors();
  for (int round = 0; round < 5; ++round) {
    std::vector<std::unique_ptr<Watched>> all;
    for (int i = 0; i < 10; ++i) {
      all.push_back(
          std::make_unique<Watched>(loop, i % 3 == 0 ? command({"none-such"}) : command({"cat"})));
    }
    for (size_t i = 0; i < all.size(); ++i) {
      if (i % 3 == 1) all[i]->child->stop(graces(Millis{20'000}));
      if (i % 3 == 2) all[i]->child.reset();
    }
    for (size_t i = 0; i < all.size(); ++i) {
      if (i % 3 != 2) CHECK(all[i]->wait_gone());
    }
  }
  CHECK(wait_for(loop, [] {
    collect_spawned();
    siginfo_t about{};
    return ::waitid(P_ALL, 0, &about, WEXITED | WNOHANG | WNOWAIT) < 0 && errno == ECHILD;
  }));
  CHECK(open_descriptors() == before);
}
