// A VFS around the system's own for the connection that commits: the frames of a commit reach the
// kernel in one write, not in two for each page. All else goes straight through.
#pragma once

#include <sqlite3.h>

#include "sqlite.h"

namespace callgate {

/// The name to open a connection with; registers the VFS at the first call, never as the default.
/// Null, which is the default VFS, if that fails. Any thread.
const char* wal_vfs();

/// Steps `commit`, a COMMIT, with its frames gathered; answers as Statement::run. A failing write
/// fails the commit: nothing is ever kept beyond this call. Only here are frames gathered, because
/// only here is it certain that they are on their way before the lock on the log is given back:
/// what a full cache spills in mid-transaction may be undone, and another process' frames stand in
/// that place when it would be written. A connection without the VFS simply commits.
int commit_gathered(sqlite3* db, Statement& commit);

}  // namespace callgate
