// The documented views of `callgate history sql`. The reader creates them as temporary views of its
// connection, so that they can stay the same when the schema of the record changes.
#pragma once

#include <string>

#include "store/sqlite/sqlite.h"

namespace callgate {

/// Returns SQL that creates the views on this connection. Columns have the names of the keys in the
/// output of --json, but `client` is a name, not an object. A value that an older record lacks is
/// null or empty.
Result<std::string> view_statements(sqlite3* db, const std::string& path);
/// Creates an empty view `answer` on this connection if the record has no table `answer`.
Status stand_in_for_answers(sqlite3* db, const std::string& path);

}  // namespace callgate
