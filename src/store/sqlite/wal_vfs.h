// An SQLite VFS around the system's VFS, for the recorder's connection. It passes the frames of a
// commit to the kernel in one write, while sqlite3 makes two writes for each page. It passes all
// other operations on to the system's VFS.
#pragma once

#include <sqlite3.h>

#include "sqlite.h"

namespace callgate {

/// Returns the name of the VFS, to be passed to sqlite3_open_v2(). The first call registers the
/// VFS, but not as the default. If this fails, returns null, with which sqlite3_open_v2() uses the
/// default VFS. Any thread.
const char* wal_vfs();

/// Runs the statement `commit`, which must be a COMMIT, and gathers its frames. Returns the result
/// of Statement::run(). If a write fails, the commit fails. No frame stays in memory after this
/// call. Frames are gathered only during a COMMIT, because then they are certainly written before
/// sqlite3 releases its lock on the log. When sqlite3's cache is full, it also writes frames before
/// the COMMIT. Those must not wait in memory: the transaction may be rolled back, and then another
/// process may write its own frames in their place. On a connection without this VFS this is a
/// plain commit.
int commit_gathered(sqlite3* db, Statement& commit);

}  // namespace callgate
