#include <sys/stat.h>

#include <fstream>

#include "callgate/io/file_watch.h"
#include "io_support.h"

using namespace callgate;

namespace {

void write(const std::string& path, const std::string& text) { std::ofstream(path) << text; }

/// Makes the change and runs the loop until the watch reports it.
void expect_told(Loop& loop, const std::string& watched, const std::function<void()>& change) {
  auto watch = FileWatch::open(loop, watched, [&loop] { loop.stop(); });
  REQUIRE(watch.ok());
  loop.post(change);
  run_until_stopped(loop);
}

}  // namespace

TEST_CASE("a change of a file is reported, however it is written") {
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

TEST_CASE("if the file is a link, a change of its target is reported, too") {
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

TEST_CASE("a changed link in the path is reported") {
  Loop loop;
  Folder dir;
  for (const char* version : {"/..1", "/..2", "/..3"}) {
    REQUIRE(::mkdir((dir.path + version).c_str(), 0700) == 0);
    write(dir.path + version + "/config.json", version);
  }
  // Kubernetes mounts a ConfigMap in this way: the name leads through ..data to the folder of a
  // version.
  const std::string data = dir.path + "/..data", path = dir.path + "/config.json";
  REQUIRE(::symlink("..1", data.c_str()) == 0);
  REQUIRE(::symlink("..data/config.json", path.c_str()) == 0);
  const auto switch_to = [&](const char* version) {
    CHECK(::symlink(version, (dir.path + "/..data_tmp").c_str()) == 0);
    CHECK(::rename((dir.path + "/..data_tmp").c_str(), data.c_str()) == 0);
  };
  expect_told(loop, path, [&] { switch_to("..2"); });
  expect_told(loop, data + "/config.json", [&] { switch_to("..3"); });
  expect_told(loop, path, [&] { write(dir.path + "/..3/config.json", "written in place"); });
  // A link to a folder of links.
  const std::string over = dir.path + "/over";
  REQUIRE(::symlink("..data", over.c_str()) == 0);
  expect_told(loop, over + "/config.json", [&] { switch_to("..1"); });
  expect_told(loop, over + "/config.json", [&] { CHECK(::unlink(over.c_str()) == 0); });
  expect_told(loop, over + "/config.json", [&] { CHECK(::symlink("..2", over.c_str()) == 0); });
}

TEST_CASE("a folder in the path that is replaced or created is reported") {
  Loop loop;
  Folder dir;
  const std::string upper = dir.path + "/upper", path = upper + "/lower/config.json";
  expect_told(loop, path, [&] { CHECK(::mkdir(upper.c_str(), 0700) == 0); });
  expect_told(loop, path, [&] { CHECK(::mkdir((upper + "/lower").c_str(), 0700) == 0); });
#ifdef __linux__
  expect_told(loop, path, [&] { CHECK(::rename(upper.c_str(), (upper + ".old").c_str()) == 0); });
#endif
}

#ifdef __linux__
TEST_CASE("changes of other names in the folder of a link are not reported") {
  Loop loop;
  Folder dir;
  REQUIRE(::mkdir((dir.path + "/there").c_str(), 0700) == 0);
  REQUIRE(::symlink("there", (dir.path + "/link").c_str()) == 0);
  int told = 0;
  const auto watch = FileWatch::open(loop, dir.path + "/link/config.json", [&] { ++told; });
  REQUIRE(watch.ok());
  expect_told(loop, dir.path + "/other", [&] { write(dir.path + "/other", "1"); });
  CHECK(told == 0);
}
#endif

TEST_CASE(
    "a path with a loop of links can't be watched, and a watch does not keep the loop running") {
  Loop loop;
  Folder dir;
  REQUIRE(::symlink("loop", (dir.path + "/loop").c_str()) == 0);
  CHECK(FileWatch::open(loop, dir.path + "/loop/x", [] {}).error().code == "io.watch");
  const auto watch = FileWatch::open(loop, dir.path + "/x", [] {});
  REQUIRE(watch.ok());
  loop.run();
}
