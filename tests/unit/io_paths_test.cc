#include <climits>
#include <fstream>

#include "io_support.h"

using namespace callgate;
namespace fs = std::filesystem;

namespace {

struct Tree : Folder {
  Tree() {
    fs::create_directories(path + "/real/deep");
    std::ofstream(path + "/real/file") << "x";
    fs::create_symlink("real", path + "/link");
    fs::create_symlink(path + "/outside/new", path + "/dangling");
    fs::create_symlink("loop", path + "/loop");
  }
};

}  // namespace

TEST_CASE("links are followed anywhere in a path, and parts that do not exist stay") {
  Tree tree;
  CHECK(resolve_path("link/file", tree.path) == tree.path + "/real/file");
  CHECK(resolve_path("link/none/at/all", tree.path) == tree.path + "/real/none/at/all");
  CHECK(resolve_path(tree.path + "//link/./deep/", "/") == tree.path + "/real/deep");
  CHECK(resolve_path("real/file/below", tree.path) == tree.path + "/real/file/below");
  CHECK(resolve_path("/", "/") == "/");
  CHECK(resolve_path("", tree.path) == tree.path);
}

TEST_CASE("a dangling link resolves to the place where a write would create its file") {
  Tree tree;
  CHECK(resolve_path("dangling", tree.path) == tree.path + "/outside/new");
  CHECK(resolve_path("dangling/more", tree.path) == tree.path + "/outside/new/more");
}

TEST_CASE("a missing name resolves to the only file whose name Unicode defines as equal") {
  Tree tree;
  const std::string one = "caf\xc3\xa9", two = "cafe\xcc\x81", three = "caf\xc3\xa8";
  fs::create_directories(tree.path + "/" + one);
  fs::create_symlink("real", tree.path + "/l\xc3\xadnk");
  CHECK(resolve_path(two + "/x", tree.path) == tree.path + "/" + one + "/x");
  CHECK(resolve_path(one + "/x", tree.path) == tree.path + "/" + one + "/x");
  CHECK(resolve_path(three, tree.path) == tree.path + "/" + three);
  CHECK(resolve_path("li\xcc\x81nk/file", tree.path) == tree.path + "/real/file");
  CHECK(resolve_path("none/" + two, tree.path) == tree.path + "/none/" + two);
#ifndef __APPLE__  // where both names are one file
  fs::create_directories(tree.path + "/" + two);
  CHECK(resolve_path(two, tree.path) == tree.path + "/" + two);
  fs::create_directories(tree.path + "/\xe2\x84\xab");  // the ångström sign
  fs::create_directories(tree.path + "/\xc3\x85");
  CHECK(resolve_path("A\xcc\x8a", tree.path) == std::nullopt);
#endif
}

TEST_CASE("parent components are resolved, also above the root") {
  Tree tree;
  CHECK(resolve_path("real/deep/../file", tree.path) == tree.path + "/real/file");
  CHECK(resolve_path("none/../real/file", tree.path) == tree.path + "/real/file");
  CHECK(resolve_path("none/../link/file", tree.path) == tree.path + "/real/file");
  CHECK(resolve_path("/../../..", "/") == "/");
}

TEST_CASE("a parent component after a link has two readings, so it can't be resolved") {
  Tree tree;
  fs::create_directory(tree.path + "/other");
  fs::create_symlink("../real/deep", tree.path + "/other/jump");
  CHECK_FALSE(resolve_path("other/jump/../file", tree.path));
  CHECK(resolve_path("link/../real/file", tree.path) == tree.path + "/real/file");
}

TEST_CASE("loops of links, NULs and overlong paths can't be resolved") {
  Tree tree;
  CHECK_FALSE(resolve_path("loop", tree.path));
  CHECK_FALSE(resolve_path("loop/x", tree.path));
  CHECK_FALSE(resolve_path(std::string("real\0/file", 10), tree.path));
  CHECK_FALSE(resolve_path("relative", "also-relative"));
  CHECK(resolve_path("/" + std::string(255, 'n'), "/"));
  std::string longest;
  while (longest.size() + 2 < PATH_MAX) longest += "/n";
  longest.resize(PATH_MAX - 1, 'n');
  CHECK(resolve_path(longest, "/"));
  CHECK(resolve_path(longest + "n", "/"));  // its first component is missing
  CHECK(resolve_path("/" + std::string((size_t{64} << 10) - 1, '/'), "/") == "/");
  CHECK_FALSE(resolve_path("/" + std::string(size_t{64} << 10, '/'), "/"));
}

TEST_CASE("at most forty links are followed") {
  Folder folder;
  std::ofstream(folder.path + "/0") << "x";
  for (int i = 1; i <= 41; ++i)
    fs::create_symlink(std::to_string(i - 1), folder.path + "/" + std::to_string(i));
  CHECK(resolve_path("40", folder.path) == folder.path + "/0");
  CHECK_FALSE(resolve_path("41", folder.path));
}

TEST_CASE("several paths are resolved in order, asynchronously, and reported on the loop") {
  Tree tree;
  Loop loop;
  std::vector<PathQuestion> questions{{"link/file", tree.path}, {"loop", tree.path}, {"x", "/"}};
  std::vector<std::optional<std::string>> answers;
  resolve_paths(loop, questions, Millis{20'000},
                [&answers](auto found) { answers = std::move(found); });
  CHECK(answers.empty());
  loop.run();
  REQUIRE(answers.size() == 3);
  CHECK(answers[0] == tree.path + "/real/file");
  CHECK_FALSE(answers[1]);
  CHECK(answers[2] == "/x");
}

TEST_CASE("a component that is too long for any file counts as one that does not exist") {
  const std::string longest(256, 'n');
  CHECK(resolve_path("/" + longest + "/x", "/") == "/" + longest + "/x");
}

#ifdef __linux__
TEST_CASE("a path through a process's own links can't be resolved, as it differs for the server") {
  Tree tree;
  const std::string pid = std::to_string(getpid());
  for (const std::string& path :
       {std::string("/proc/self/cwd"), std::string("/proc/self/cwd/x"),
        std::string("/proc/self/root/etc"), std::string("/proc/thread-self/cwd"),
        std::string("/proc/./self//fd/0"), std::string("/proc/self/task/" + pid + "/root/etc"),
        "/proc/" + pid + "/cwd/x", "/proc/" + pid + "/root", "/proc/" + pid + "/exe",
        "/proc/" + pid + "/map_files/x", std::string("/proc/none/../self/cwd/x"),
        std::string("/proc/99999999/cwd/x"), std::string("/dev/fd/0"), std::string("/dev/fd"),
        std::string("/dev/stdin"), std::string("/dev/stdout")}) {
    CAPTURE(path);
    CHECK_FALSE(resolve_path(path, tree.path));
  }
  fs::create_symlink("/proc/self/cwd", tree.path + "/here");
  fs::create_symlink("/proc/self", tree.path + "/self");
  CHECK_FALSE(resolve_path("here/x", tree.path));
  CHECK_FALSE(resolve_path("self/root/etc", tree.path));
}

TEST_CASE("plain files of /proc resolve to themselves") {
  CHECK(resolve_path("/proc/meminfo", "/") == "/proc/meminfo");
  CHECK(resolve_path("/proc/self/status", "/") == "/proc/self/status");
  CHECK(resolve_path("/proc/self/../meminfo", "/") == "/proc/meminfo");
  CHECK(resolve_path("/dev/null", "/") == "/dev/null");
}
#endif
