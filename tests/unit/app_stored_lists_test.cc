#include <fcntl.h>
#include <sys/stat.h>

#include "app/stored_lists.h"
#include "app_support.h"

using namespace callgate;

namespace {

constexpr time_t kLongAgo = 31 * 24 * 3600;

ServerConfig server_of(const std::string& name) {
  ServerConfig server;
  server.name = name;
  server.command = "none";
  server.cwd = "/";
  return server;
}

struct Lists {
  Folder dir;
  std::vector<ServerConfig> servers{server_of("fs"), server_of("git hub")};
  Loop loop;
  StoredLists stored{loop, dir.path, servers};

  std::string load(ServerIndex server) { return stored.load(server, servers[server]); }
  void save(ServerIndex server, std::string json) {
    stored.save(server, servers[server], std::move(json));
  }
  std::string file(size_t server) const {
    return dir.path + "/catalog/" + StoredLists::file_name(servers[server]);
  }
  std::string text(size_t server) const {
    std::ifstream in(file(server));
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(size_t server, const std::string& text) {
    ::mkdir((dir.path + "/catalog").c_str(), 0700);
    std::ofstream(file(server)) << text;
    ::chmod(file(server).c_str(), 0600);
  }
};

mode_t mode_of(const std::string& path) {
  struct stat about {};
  REQUIRE(::stat(path.c_str(), &about) == 0);
  return about.st_mode & 0777;
}

void make_old(const std::string& path) {
  const timespec then{::time(nullptr) - kLongAgo, 0};
  const timespec both[2] = {then, then};
  REQUIRE(::utimensat(AT_FDCWD, path.c_str(), both, 0) == 0);
}

bool exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

}  // namespace

TEST_CASE(
    "saved lists of a server are loaded at the next start, and only their owner can read them") {
  Lists lists;
  CHECK(lists.load(0).empty());
  lists.save(0, "{\"a\":1}");
  lists.save(1, "{\"b\":2}");
  REQUIRE(wait_for(lists.loop, [&] { return exists(lists.file(0)) && exists(lists.file(1)); }));
  CHECK(lists.load(0) == "{\"a\":1}");
  CHECK(lists.load(1) == "{\"b\":2}");
  CHECK(mode_of(lists.dir.path + "/catalog") == 0700);
  CHECK(mode_of(lists.file(0)) == 0600);
  CHECK(StoredLists::file_name(lists.servers[1]).rfind("git_hub-", 0) == 0);
}

TEST_CASE("every setting that a server's lists may depend on changes the name of their file") {
  const ServerConfig first = server_of("fs");
  const std::string name = StoredLists::file_name(first);
  CHECK(StoredLists::file_name(first) == name);
  const auto differs = [&](auto change) {
    ServerConfig other = first;
    change(other);
    return StoredLists::file_name(other) != name;
  };
  CHECK(differs([](ServerConfig& s) { s.command = "other"; }));
  CHECK(differs([](ServerConfig& s) { s.args = {"x"}; }));
  CHECK(differs([](ServerConfig& s) { s.env = {{"A", "1"}}; }));
  CHECK(differs([](ServerConfig& s) { s.env_pass = {"A"}; }));
  CHECK(differs([](ServerConfig& s) { s.cwd = "/tmp"; }));
  CHECK(differs([](ServerConfig& s) { s.era = ServerEra::Auto; }));
  CHECK(differs([](ServerConfig& s) { s.remote = RemoteConfig{.url = "https://h/mcp"}; }));
  CHECK_FALSE(differs([](ServerConfig& s) { s.prefix = Prefix::Never; }));
  CHECK_FALSE(differs([](ServerConfig& s) { s.hide = {"x"}; }));
}

TEST_CASE("lists of one account of a server are not used for another account") {
  Lists lists;
  ServerConfig configured = lists.servers[0];
  configured.remote = RemoteConfig{.url = "https://h/mcp"};
  configured.remote->accounts = {{.name = "work", .under = {}}, {.name = "home", .under = {}}};
  ServerConfig work = configured, home = configured;
  work.remote->account = "work";
  home.remote->account = "home";
  CHECK_FALSE(StoredLists::kept(lists.dir.path, configured));
  lists.stored.save(0, work, "{\"a\":1}");
  const std::string file = lists.dir.path + "/catalog/" + StoredLists::file_name(work);
  REQUIRE(wait_for(lists.loop, [&] { return exists(file); }));
  CHECK(lists.stored.load(0, work) == "{\"a\":1}");
  CHECK(lists.stored.load(0, home).empty());
  CHECK(lists.stored.load(0, configured).empty());
  CHECK(StoredLists::kept(lists.dir.path, configured));
}

TEST_CASE("lists from another working folder are used if there are none for this one") {
  Lists lists;
  ServerConfig elsewhere = lists.servers[0], other = lists.servers[0];
  elsewhere.cwd = "/tmp";
  other.args = {"x"};
  CHECK_FALSE(StoredLists::kept(lists.dir.path, elsewhere));
  lists.save(0, "{\"a\":1}");
  REQUIRE(wait_for(lists.loop, [&] { return exists(lists.file(0)); }));
  CHECK(lists.stored.load(0, elsewhere) == "{\"a\":1}");
  CHECK(lists.stored.load(0, other).empty());
  CHECK(StoredLists::kept(lists.dir.path, elsewhere));
  CHECK_FALSE(StoredLists::kept(lists.dir.path, other));
  const std::string own = lists.dir.path + "/catalog/" + StoredLists::file_name(elsewhere);
  std::ofstream(own) << "{\"b\":2}";
  ::chmod(own.c_str(), 0600);
  CHECK(lists.stored.load(0, elsewhere) == "{\"b\":2}");
}

TEST_CASE("a file without lists counts only if no other has lists, and can be forgotten") {
  const std::string missing = "{\"missing\":true}\n{}", listed = "{}\n{\"tools\":[]}";
  Lists lists;
  ServerConfig elsewhere = lists.servers[0];
  elsewhere.cwd = "/tmp";
  lists.write(0, missing);
  lists.write(1, listed);
  CHECK(lists.load(0) == missing);
  CHECK(lists.stored.load(0, elsewhere) == missing);
  CHECK_FALSE(StoredLists::kept(lists.dir.path, lists.servers[0]));
  CHECK(StoredLists::kept(lists.dir.path, lists.servers[1]));
  for (const ServerConfig& server : lists.servers)
    StoredLists::forget_missing(lists.dir.path, server);
  CHECK_FALSE(exists(lists.file(0)));
  CHECK(exists(lists.file(1)));

  lists.write(0, missing);
  const std::string other = lists.dir.path + "/catalog/" + StoredLists::file_name(elsewhere);
  std::ofstream(other) << listed;
  ::chmod(other.c_str(), 0600);
  StoredLists later(lists.loop, lists.dir.path, lists.servers);
  CHECK(later.load(0, lists.servers[0]) == listed);
}

TEST_CASE("at the end of a run, pending lists are written at once") {
  Lists lists;
  lists.save(0, "1");
  lists.save(0, "2");  // within the pause between two writes
  bool done = false;
  lists.stored.finish([&] { done = !lists.stored.writes(); });
  REQUIRE(wait_for(lists.loop, [&] { return done; }));
  CHECK(lists.text(0) == "2");
}

TEST_CASE("a file of 16 MiB is read, and one byte more is not") {
  Lists lists;
  lists.write(0, std::string(StoredLists::kLargest, ' '));
  lists.write(1, std::string(StoredLists::kLargest + 1, ' '));
  CHECK(lists.load(0).size() == StoredLists::kLargest);
  CHECK(lists.load(1).empty());
}

TEST_CASE("a file that others can write, a link and a folder are ignored") {
  Lists lists;
  lists.write(0, "{}");
  ::chmod(lists.file(0).c_str(), 0620);
  CHECK(lists.load(0).empty());
  ::chmod(lists.file(0).c_str(), 0600);
  CHECK(lists.load(0) == "{}");
  REQUIRE(::symlink(lists.file(0).c_str(), lists.file(1).c_str()) == 0);
  CHECK(lists.load(1).empty());
  ::unlink(lists.file(1).c_str());
  ::mkdir(lists.file(1).c_str(), 0700);
  CHECK(lists.load(1).empty());
}

TEST_CASE("files that were not used for 30 days are removed, and files in use stay") {
  Lists lists;
  lists.write(0, "{}");
  const std::string folder = lists.dir.path + "/catalog";
  const std::string old = folder + "/gone-0123.json", fresh = folder + "/new-0123.json",
                    foreign = folder + "/notes.txt", last = folder + "/zz-0.json.1234.tmp";
  for (const std::string& path : {old, fresh, foreign, last}) std::ofstream(path) << "x";
  for (const std::string& path : {old, foreign, last, lists.file(0)}) make_old(path);
  lists.stored.tidy_soon();
  REQUIRE(wait_for(lists.loop, [&] {
    struct stat about {};
    ::stat(lists.file(0).c_str(), &about);
    return !exists(old) && !exists(last) && about.st_mtime > ::time(nullptr) - 3600;
  }));
  CHECK(exists(fresh));
  CHECK(exists(foreign));
}
