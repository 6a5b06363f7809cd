#include "callgate/store/client_states.h"

#include <unistd.h>

#include "schema.h"
#include "sqlite.h"

namespace callgate {

namespace {

constexpr std::chrono::seconds kWritePatience{5};
constexpr std::chrono::seconds kReadPatience{1};

Status opened_by_us(sqlite3* db, const std::string& path, Patience& patience) {
  Status ready = migrate(db, path);
  // Two processes may bring one record up to date at once.
  while (!ready && ready.error().code == "record.locked" &&
         std::chrono::steady_clock::now() < patience.until)
    ready = migrate(db, path);
  return ready;
}

}  // namespace

Result<std::vector<ClientState>> read_client_states(const std::string& path) {
  std::vector<ClientState> states;
  if (::access(path.c_str(), F_OK) != 0) return states;
  Patience patience;
  patience.until = std::chrono::steady_clock::now() + kReadPatience;
  const auto db = open_database(path, OpenMode::Read, &patience);
  if (!db) return db.error();
  if (Status known = check_schema(db->get(), path); !known) return known.error();
  const auto table = query_integer(
      db->get(), path, "select count(*) from sqlite_schema where name = 'client_state'");
  if (!table) return table.error();
  if (*table == 0) return states;
  auto rows = Statement::prepare(db->get(), path,
                                 "select kind, name, state, at, because from client_state where id "
                                 "in (select max(id) from client_state group by kind, name)");
  if (!rows) return rows.error();
  int rc = SQLITE_ROW;
  while ((rc = rows->step()) == SQLITE_ROW) {
    const auto kind = client_kind(rows->text(0));
    const auto state = client_state(rows->text(2));
    // A word of a later version: the stricter reading of a state that we don't know is the safe
    // one.
    if (!kind || state == ClientState::State::Active) continue;
    states.push_back({.kind = *kind,
                      .name = rows->text(1),
                      .state = state.value_or(ClientState::State::Revoked),
                      .since = Micros(rows->integer(3)),
                      .because = rows->text(4)});
  }
  if (rc != SQLITE_DONE) return database_error(db->get(), rc, path);
  return states;
}

Status write_client_state(const std::string& path, const ClientState& state) {
  if (Status made = create_file(path); !made) return made;
  Patience patience;
  patience.until = std::chrono::steady_clock::now() + kWritePatience;
  const auto db = open_database(path, OpenMode::Write, &patience);
  if (!db) return db.error();
  if (Status ready = opened_by_us(db->get(), path, patience); !ready) return ready;
  auto insert = Statement::prepare(
      db->get(), path,
      "insert into client_state(at, kind, name, state, because) values (?, ?, ?, ?, ?)");
  if (!insert) return insert.error();
  insert->bind(1, state.since.count()).bind(2, name(state.kind)).bind(3, state.name);
  insert->bind(4, name(state.state)).bind(5, state.because);
  const int rc = insert->run();
  return rc == SQLITE_DONE ? Status() : Status(database_error(db->get(), rc, path));
}

}  // namespace callgate
