// A program that misbehaves as a process. It writes pids and words to stdout, one in each line.
#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>

namespace {

void ignore_the_polite() {
  for (const int signal : {SIGTERM, SIGHUP, SIGINT, SIGPIPE}) std::signal(signal, SIG_IGN);
}

void say(const std::string& line) {
  const std::string text = line + "\n";
  if (::write(1, text.data(), text.size()) < 0) std::abort();
}

[[noreturn]] void stay() {
  for (;;) ::pause();
}

/// Starts one process that leaves its session, and one that is orphaned. Both stay.
void make_family() {
  if (::fork() == 0) {
    ::setsid();
    say(std::to_string(::getpid()));
    stay();
  }
  if (::fork() == 0) {
    ::setsid();
    if (::fork() == 0) {
      say(std::to_string(::getpid()));
      stay();
    }
    ::_exit(0);
  }
}

void status_lines() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("SigIgn", 0) == 0 || line.rfind("SigBlk", 0) == 0) say(line);
  }
}

}  // namespace

int fake_child_main(const std::string& mode, const std::string& argument) {
  if (mode == "stubborn") {
    ignore_the_polite();
    say("up");
    stay();
  }
  if (mode == "family") {
    ignore_the_polite();
    say(std::to_string(::getpid()));
    make_family();
    stay();
  }
  if (mode == "leaves-family") {  // and its stdout to the family
    make_family();
    return 3;
  }
  if (mode == "stderr-flood") {
    const std::string block(64 * 1024, 'e');
    for (long left = std::atol(argument.c_str()); left > 0; --left) {
      for (int i = 0; i < 16; ++i) {
        if (::write(2, block.data(), block.size()) < 0) return 1;
      }
    }
    std::cerr << "last words\n";
    say("done");
    return 0;
  }
  if (mode == "deaf") {  // never reads and never ends by itself
    say("up");
    stay();
  }
  if (mode == "no-output-pipes") {  // stays with all descriptors closed
    for (const int fd : {0, 1, 2}) ::close(fd);
    stay();
  }
  if (mode == "limits") {
    rlimit files{};
    ::getrlimit(RLIMIT_NOFILE, &files);
    say(std::to_string(files.rlim_cur));
    status_lines();
    return 0;
  }
  return 100;
}
