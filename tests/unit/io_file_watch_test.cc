#include <sys/stat.h>

#include <fstream>

#include "callgate/io/file_watch.h"
#include "io_support.h"

using namespace callgate;

namespace {

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

/// Does `change` and runs until the watch has told of it.
void expect_told(Loop& loop, const std::string& watched, const std::function<void()>& change) {
  auto watch = FileWatch::open(loop, watched, [&loop] { loop.stop(); });
  REQUIRE(watch.ok());
  loop.post(change);
  run_until_stopped(loop);
}

}  // namespace

TEST_CASE("T56 a file is heard of, however it is written") {
  Loop loop;
  Folder dir;
  const std::string path = dir.path + "/config.json";
  expect_told(loop, path, [&] { write(path, "1"); });
  expect_told(loop, path, [&] { write(path, "2"); });
  expect_told(loop, path, [&] {
    write(dir.path + "/fresh", "3");
    CHECK(::rename((dir.path + "/fresh").c_str(), path.c_str()) == 0);
  });
  expect_told(loop, path, [&] { ::unlink(path.c_str()); });
}

TEST_CASE("where a file is a link, what it leads to is heard of, too") {
  Loop loop;
  Folder dir;
  CHECK(::mkdir((dir.path + "/there").c_str(), 0700) == 0);
  const std::string real = dir.path + "/there/real.json", path = dir.path + "/link.json";
  write(real, "1");
  REQUIRE(::symlink(real.c_str(), path.c_str()) == 0);
  expect_told(loop, path, [&] { write(real, "2"); });
  expect_told(loop, path, [&] {
    CHECK(::unlink(path.c_str()) == 0);
    write(path, "3");
  });
}

TEST_CASE("a folder that is not there can't be watched, and a watch keeps no loop going") {
  Loop loop;
  Folder dir;
  CHECK(FileWatch::open(loop, dir.path + "/none/x", [] {}).error().code == "io.watch");
  const auto watch = FileWatch::open(loop, dir.path + "/x", [] {});
  REQUIRE(watch.ok());
  loop.run();
}
