#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>

#include "app/process/process_info.h"

namespace callgate {

TEST_CASE("the system reports about a process what the process knows itself") {
  const pid_t us = ::getpid();
  CHECK_EQ(parent_of(us), ::getppid());
  CHECK(program_of(us).ends_with("/app_test"));
  CHECK_EQ(working_folder_of(us), std::filesystem::current_path().string());
  CHECK_EQ(user_of(us).value_or(0), ::geteuid());
  CHECK(resident_bytes(us) > 0);
  CHECK_FALSE(is_zombie(us));
#ifdef __linux__
  const std::vector<int> threads = threads_of(us);
  CHECK(std::find(threads.begin(), threads.end(), us) != threads.end());
  CHECK(threads_of(us, 0).empty());
  CHECK_EQ(name_of(us), "app_test");
  REQUIRE_FALSE(arguments_of(us).empty());
  CHECK(arguments_of(us)[0].ends_with("app_test"));
  const std::vector<int> all = all_processes();
  CHECK(std::find(all.begin(), all.end(), us) != all.end());
#endif
}

TEST_CASE("a child is listed until it has been waited for") {
  const pid_t child = ::fork();
  if (child == 0) {
    ::pause();
    ::_exit(0);
  }
  REQUIRE(child > 0);
  const auto listed = [child] {
    const std::vector<int> children = children_of(::getpid());
    return std::find(children.begin(), children.end(), child) != children.end();
  };
  CHECK(listed());
  CHECK_FALSE(is_zombie(child));
  CHECK_FALSE(is_ending(child));
  ::kill(child, SIGKILL);
  CHECK(is_ending(child));
  siginfo_t info{};
  REQUIRE_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  CHECK(is_zombie(child));
  ::waitpid(child, nullptr, 0);
  CHECK(is_ending(child));
  CHECK_FALSE(listed());
  CHECK_EQ(parent_of(child), 0);
  CHECK(program_of(child).empty());
  CHECK_FALSE(user_of(child));
  CHECK_EQ(resident_bytes(child), 0);
}

}  // namespace callgate
