#include "callgate/store/finding_ends.h"

#include "store/sqlite/access.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/typed_ids.h"

namespace callgate {

Status end_finding(const std::string& path, const std::string& id, FindingEnd how, Micros now,
                   const std::string& because) {
  const auto typed = typed_id(id);
  if (!typed) return no_finding(id);
  const auto access = write_access(path);
  if (!access) return access.error();
  auto insert =
      Statement::prepare(access->db.get(), path,
                         "insert into finding_end(at, finding, how, because) values (?, ?, ?, ?)");
  if (!insert) return insert.error();
  const int rc = insert->bind(1, now.count())
                     .bind(2, numbered_id(typed->run, typed->number))
                     .bind(3, name(how))
                     .bind(4, because)
                     .run();
  return rc == SQLITE_DONE ? Status() : Status(database_error(access->db.get(), rc, path));
}

Status forget_dead_end(const std::string& path, const DeadEnd& dead_end) {
  const auto access = write_access(path);
  if (!access) return access.error();
  auto gone = Statement::prepare(access->db.get(), path,
                                 "delete from dead_end where agent = ? and server = ? and tool = ? "
                                 "and resource = ?");
  if (!gone) return gone.error();
  const int rc = gone->bind(1, dead_end.agent)
                     .bind(2, dead_end.server)
                     .bind(3, dead_end.tool)
                     .bind(4, dead_end.subject)
                     .run();
  return rc == SQLITE_DONE ? Status() : Status(database_error(access->db.get(), rc, path));
}

}  // namespace callgate
