// Examining the record without changing it.
#include <fstream>

#include "callgate/store/health.h"
#include "store_support.h"

using namespace store_test;

namespace {

constexpr Millis kLimit{10'000};

/// A record with one run that has ended.
void make_record(const std::string& path) {
  Posts posts;
  auto recorder = Recorder::open({.path = path}, this_process(), Micros{1},
                                 [&](std::function<void()> task) { posts.post(std::move(task)); });
  REQUIRE(recorder.ok());
}

void run_sql(const std::string& path, const char* sql) {
  sqlite3* db = nullptr;
  REQUIRE(sqlite3_open(path.c_str(), &db) == SQLITE_OK);
  REQUIRE(sqlite3_exec(db, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(db);
}

}  // namespace

TEST_CASE("an intact record is checked completely") {
  const Folder folder;
  make_record(folder.file());
  const auto health = look_at_record(folder.file(), kLimit);
  REQUIRE(health.ok());
  CHECK(health->checked);
  CHECK(health->damage.empty());
  CHECK(health->schema == health->known_schema);
  CHECK(health->calls == 0);
  CHECK(health->bytes > 0);
  CHECK(health->unended.empty());
}

TEST_CASE("a missing record, another program's and a newer one are reported with different codes") {
  const Folder folder;
  CHECK(look_at_record(folder.file(), kLimit).error().code == "record.none");
  run_sql(folder.file("other.db"), "create table t(a)");
  CHECK(look_at_record(folder.file("other.db"), kLimit).error().code == "record.not_ours");
  std::ofstream(folder.file("text.db")) << std::string(8192, 'x');
  CHECK(look_at_record(folder.file("text.db"), kLimit).error().code == "record.corrupt");
  make_record(folder.file());
  run_sql(folder.file(), "pragma user_version = 1000");
  CHECK(look_at_record(folder.file(), kLimit).error().code == "record.newer");
}

TEST_CASE("a check without any time reports that it checked nothing") {
  const Folder folder;
  make_record(folder.file());
  run_sql(folder.file(),
          "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) "
          "insert into payload(at, bytes) select i, zeroblob(100) from n");
  const auto health = look_at_record(folder.file(), Millis{0});
  REQUIRE(health.ok());
  CHECK_FALSE(health->checked);
  CHECK(look_at_record(folder.file(), kLimit)->checked);
}

TEST_CASE("damage inside a table is reported") {
  const Folder folder;
  make_record(folder.file());
  run_sql(folder.file(),
          "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000) "
          "insert into payload(at, bytes) select i, zeroblob(100) from n; "
          "pragma wal_checkpoint(truncate)");
  std::fstream file(folder.file(), std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(200 * 4096);
  file << std::string(4096, '\x7f');
  file.close();
  const auto health = look_at_record(folder.file(), kLimit);
  CHECK((!health.ok() || !health->damage.empty()));
}

TEST_CASE("a run that was not closed is reported, with whether its process lives") {
  const Folder folder;
  make_record(folder.file());
  run_sql(folder.file(), "update run set ended = null, how = null, pid = 2147483000");
  const auto dead = look_at_record(folder.file(), kLimit);
  REQUIRE(dead.ok());
  REQUIRE(dead->unended.size() == 1);
  CHECK_FALSE(dead->unended[0].lives);
  CHECK(dead->unended[0].pid == 2147483000);
}
