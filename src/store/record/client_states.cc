#include "callgate/store/client_states.h"

#include "store/sqlite/access.h"

namespace callgate {

Result<std::vector<ClientState>> read_client_states(const std::string& path) {
  std::vector<ClientState> states;
  const auto access = read_access(path, "client_state");
  if (!access) return access.error();
  if (!access->db) return states;
  auto rows = Statement::prepare(access->db.get(), path,
                                 "select kind, name, state, at, because from client_state where id "
                                 "in (select max(id) from client_state group by kind, name)");
  if (!rows) return rows.error();
  int rc = SQLITE_ROW;
  while ((rc = rows->step()) == SQLITE_ROW) {
    const auto kind = client_kind(rows->text(0));
    const auto state = client_state(rows->text(2));
    // A later version may have written a kind or a state that this version does not know. An
    // unknown state counts as revoked, which is the strictest and therefore the safe reading.
    if (!kind || state == ClientState::State::Active) continue;
    states.push_back({.kind = *kind,
                      .name = rows->text(1),
                      .state = state.value_or(ClientState::State::Revoked),
                      .since = Micros(rows->integer(3)),
                      .because = rows->text(4)});
  }
  if (rc != SQLITE_DONE) return database_error(access->db.get(), rc, path);
  return states;
}

Status write_client_state(const std::string& path, const ClientState& state) {
  const auto access = write_access(path);
  if (!access) return access.error();
  auto insert = Statement::prepare(
      access->db.get(), path,
      "insert into client_state(at, kind, name, state, because) values (?, ?, ?, ?, ?)");
  if (!insert) return insert.error();
  insert->bind(1, state.since.count()).bind(2, name(state.kind)).bind(3, state.name);
  insert->bind(4, name(state.state)).bind(5, state.because);
  const int rc = insert->run();
  return rc == SQLITE_DONE ? Status() : Status(database_error(access->db.get(), rc, path));
}

}  // namespace callgate
