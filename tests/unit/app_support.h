// Helpers for the tests of app.
#pragma once

#include <unistd.h>

#include <climits>
#include <csignal>
#include <cstdlib>
#include <fstream>

#include "callgate/app/child_process.h"
#include "callgate/app/environment.h"
#include "callgate/app/warden.h"
#include "io_support.h"

namespace callgate {

inline std::string this_program() { return std::filesystem::canonical("/proc/self/exe").string(); }

/// Starts this program as a misbehaving child.
inline ChildOptions fake(const std::string& mode, const std::string& argument = "") {
  return {.server = "fake",
          .argv = {this_program(), "--fake-child", mode, argument},
          .env = {"PATH=/usr/bin:/bin"},
          .cwd = "",
          .run_id = "test-run"};
}

inline ChildOptions command(std::vector<std::string> argv) {
  return {.server = "fake",
          .argv = std::move(argv),
          .env = {"PATH=/usr/bin:/bin"},
          .cwd = "",
          .run_id = "test-run"};
}

/// Zombies count as gone.
inline bool alive(int pid) {
  if (::kill(pid, 0) != 0) return false;
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(stat, text);
  const size_t bracket = text.rfind(") ");
  return bracket != std::string::npos && text[bracket + 2] != 'Z';
}

/// Runs the loop until `holds()` is true. Returns false if that takes more than 20 s.
inline bool wait_for(Loop& loop, const std::function<bool()>& holds) {
  Timer look(loop), deadline(loop);
  bool late = false;
  deadline.start(Millis{20'000}, [&] {
    late = true;
    loop.stop();
  });
  std::function<void()> again = [&] {
    if (holds())
      loop.stop();
    else
      look.start(Millis{1}, again);
  };
  look.start(Millis{0}, again);
  loop.run();
  return !late;
}

/// A child, and everything that it reported.
struct Watched {
  Watched(Loop& its_loop, ChildOptions options) : loop(its_loop) {
    ChildEvents events;
    events.on_running = [this](int pid) { running = pid; };
    events.on_line = [this](std::string&& line) { lines.push_back(std::move(line)); };
    events.on_too_long = [this](std::string_view) { ++too_long; };
    events.on_gone = [this](const ChildEnd& end) {
      ++gone;
      never_ran = end.not_started.has_value();
      reason = never_ran ? end.not_started->text() : end.reason;
      tail = end.stderr_tail;
    };
    auto started = ChildProcess::start(loop, std::move(options), std::move(events));
    REQUIRE(started.ok());
    child = std::move(*started);
  }
  bool wait_lines(size_t count) {
    return wait_for(loop, [this, count] { return lines.size() >= count; });
  }
  bool wait_gone() {
    return wait_for(loop, [this] { return gone > 0; });
  }

  Loop& loop;
  std::unique_ptr<ChildProcess> child;
  std::vector<std::string> lines;
  std::string reason, tail;
  int gone = 0, too_long = 0, running = 0;
  bool never_ran = false;
};

/// Sets an environment variable of this process, and restores it afterwards.
struct Variable {
  Variable(const char* its_name, const std::string& value) : name(its_name) {
    if (const char* old = std::getenv(name)) before = old;
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { before ? ::setenv(name, before->c_str(), 1) : ::unsetenv(name); }
  Variable(const Variable&) = delete;
  const char* name;
  std::optional<std::string> before;
};

}  // namespace callgate
