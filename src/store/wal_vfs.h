// A VFS around the system's own, for the connection that commits. It passes the frames of a commit
// to the kernel in one write, instead of two writes for each page. All other operations go straight
// to the system's VFS.
#pragma once

#include <sqlite3.h>

#include "sqlite.h"

namespace callgate {

/// The VFS's name, for opening a connection. The first call registers the VFS, never as the default
/// one. Returns null, which means the default VFS, if that fails. Any thread.
const char* wal_vfs();

/// Steps `commit`, a COMMIT, and gathers its frames. Returns what Statement::run() would. A failing
/// write fails the commit, and no frame is kept beyond this call. Frames are gathered only here,
/// because only here is it certain that they are written before the lock on the log is released.
/// Frames that a full cache writes in mid-transaction may be undone, and by the time they would be
/// written another process's frames may have their place. On a connection without this VFS this is
/// a plain commit.
int commit_gathered(sqlite3* db, Statement& commit);

}  // namespace callgate
