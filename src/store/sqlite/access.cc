#include "access.h"

#include <unistd.h>

#include "schema.h"

namespace callgate {

namespace {

constexpr std::chrono::seconds kWritePatience{5};
constexpr std::chrono::seconds kOpenPatience{1};

Result<Access> opened(const std::string& path, OpenMode mode, std::chrono::seconds patience) {
  Access access{.patience = std::make_unique<Patience>(), .db = nullptr};
  access.patience->until = std::chrono::steady_clock::now() + patience;
  auto db = open_database(path, mode, access.patience.get());
  if (!db) return db.error();
  access.db = std::move(*db);
  return access;
}

}  // namespace

Result<Access> read_access(const std::string& path, const char* table) {
  if (::access(path.c_str(), F_OK) != 0) return Access{};
  auto access = opened(path, OpenMode::Read, kOpenPatience);
  if (!access) return access.error();
  if (Status known = check_schema(access->db.get(), path); !known) return known.error();
  auto tables = Statement::prepare(access->db.get(), path,
                                   "select count(*) from sqlite_schema where name = ?");
  if (!tables) return tables.error();
  const int rc = tables->bind(1, std::string_view(table)).step();
  if (rc != SQLITE_ROW) return database_error(access->db.get(), rc, path);
  if (tables->integer(0) == 0) return Access{};
  tables->reset();
  return access;
}

Result<Access> write_access(const std::string& path) {
  if (Status made = create_file(path); !made) return made.error();
  auto access = opened(path, OpenMode::Write, kWritePatience);
  if (!access) return access.error();
  Status ready = migrate(access->db.get(), path);
  // Another process may be migrating the record at this moment, so try again until it has finished.
  while (!ready && ready.error().code == "record.locked" &&
         std::chrono::steady_clock::now() < access->patience->until)
    ready = migrate(access->db.get(), path);
  if (!ready) return ready.error();
  return access;
}

}  // namespace callgate
