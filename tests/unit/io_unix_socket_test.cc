// Unix sockets: access to them, paths that are too long, and sockets of dead processes.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <fstream>

#include "callgate/io/unix_socket.h"
#include "io/unix_address.h"
#include "io_support.h"

using namespace callgate;

namespace {

std::unique_ptr<UnixListener> listening_at(Loop& loop, const std::string& path,
                                           UnixListener::Name name = UnixListener::Name::Own) {
  auto listener = UnixListener::open(loop, path, name);
  REQUIRE(listener.ok());
  return std::move(*listener);
}

std::string code_of_connect(const std::string& path) {
  const Result<int> fd = connect_unix(path);
  if (!fd) return fd.error().code;
  ::close(*fd);
  return "";
}

/// Checks that a connection is accepted, and that its peer is this process.
void check_reachable(Loop& loop, UnixListener& listener, const std::string& path) {
  int64_t peer = 0;
  listener.start([&](int fd, int64_t pid) {
    peer = pid;
    ::close(fd);
    loop.stop();
  });
  CHECK(code_of_connect(path).empty());
  run_until_stopped(loop);
  CHECK(peer == ::getpid());
}

}  // namespace

TEST_CASE("opening a listener fails at once if another process keeps the folder's lock") {
  const Folder folder;
  Loop loop;
  const int kept = ::open(folder.path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  REQUIRE(kept >= 0);
  REQUIRE(::flock(kept, LOCK_EX | LOCK_NB) == 0);
  auto listener = UnixListener::open(loop, folder.path + "/a.sock", UnixListener::Name::Exclusive);
  REQUIRE_FALSE(listener.ok());
  CHECK(listener.error().message.find("holds the folder's lock") != std::string::npos);
  ::close(kept);
  listening_at(loop, folder.path + "/a.sock", UnixListener::Name::Exclusive);
}

TEST_CASE("only its user can open a socket, and it is removed with its owner") {
  const Folder folder;
  const std::string path = folder.path + "/run/a.sock";
  Loop loop;
  {
    const auto listener = listening_at(loop, path);
    struct stat about {};
    REQUIRE(::lstat(path.c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0600);
    REQUIRE(::lstat((folder.path + "/run").c_str(), &about) == 0);
    CHECK((about.st_mode & 0777) == 0700);
    check_reachable(loop, *listener, path);
  }
  CHECK(code_of_connect(path) == "io.refused");
  CHECK(std::filesystem::is_empty(folder.path + "/run"));
}

TEST_CASE("a folder that others can write to is refused") {
  const Folder folder;
  const std::string run = folder.path + "/run";
  REQUIRE(::mkdir(run.c_str(), 0700) == 0);
  REQUIRE(::chmod(run.c_str(), 0777) == 0);
  Loop loop;
  const auto listener = UnixListener::open(loop, run + "/a.sock", UnixListener::Name::Own);
  REQUIRE_FALSE(listener.ok());
  CHECK(listener.error().code == "io.listen");
}

TEST_CASE("two processes that shorten the same long path do not remove each other's link") {
  const Folder folder;
  const std::string deep = folder.path + "/" + std::string(120, 'd');
  REQUIRE(::mkdir(deep.c_str(), 0700) == 0);
  const std::string path = deep + "/a.sock";
  const auto short_folder = [&] {
    const Result<std::string> fit = fitting_path(path);
    return fit ? fit->substr(0, fit->rfind('/')) : "";
  };
  const std::string link = short_folder();
  for (int round = 0; round < 200; ++round) {
    ::unlink(link.c_str());
    pid_t children[2];
    int begin[2];
    REQUIRE(::pipe(begin) == 0);
    for (pid_t& child : children) {
      child = ::fork();
      REQUIRE(child >= 0);
      if (child > 0) continue;
      ::close(begin[1]);
      char none;
      while (::read(begin[0], &none, 1) > 0) continue;  // until both children run
      bool there = true;
      const std::string mine = short_folder();
      for (int look = 0; look < 20; ++look) there = there && ::access(mine.c_str(), F_OK) == 0;
      ::_exit(there ? 0 : 1);
    }
    ::close(begin[0]);
    ::close(begin[1]);
    for (const pid_t child : children) {
      int status = -1;
      REQUIRE(::waitpid(child, &status, 0) == child);
      REQUIRE(status == 0);
    }
  }
}

TEST_CASE("a socket with a path of any length can be reached") {
  Loop loop;
  for (const size_t length : {size_t{103}, size_t{104}, size_t{107}, size_t{108}, size_t{220}}) {
    const Folder folder;
    std::string deep = folder.path + "/";
    deep += std::string(length - deep.size() - 7, 'd');
    REQUIRE(::mkdir(deep.c_str(), 0700) == 0);
    const std::string path = deep + "/a.sock";
    REQUIRE(path.size() == length);
    const auto listener = listening_at(loop, path);
    check_reachable(loop, *listener, path);
    CHECK(std::filesystem::exists(path));
  }
}

TEST_CASE("the socket of a dead process is replaced, that of a living one is not") {
  const Folder folder;
  const std::string path = folder.path + "/gateway.sock";
  Loop loop;
  std::ofstream(path) << "left behind";
  auto first = listening_at(loop, path, UnixListener::Name::Exclusive);
  const auto second = UnixListener::open(loop, path, UnixListener::Name::Exclusive);
  REQUIRE_FALSE(second.ok());
  CHECK(second.error().code == "io.in_use");
  check_reachable(loop, *first, path);
  first.reset();
  const auto third = listening_at(loop, path, UnixListener::Name::Exclusive);
  check_reachable(loop, *third, path);
}

TEST_CASE("an owner that was replaced does not remove its successor's socket") {
  const Folder folder;
  const std::string path = folder.path + "/a.sock";
  Loop loop;
  auto first = listening_at(loop, path);
  const auto second = listening_at(loop, path);
  first.reset();
  check_reachable(loop, *second, path);
}
