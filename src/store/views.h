// The documented views of `history sql`. The reader makes them as temporary views, so that they can
// stay the same over a newer schema.
#pragma once

#include <string>

#include "sqlite.h"

namespace callgate {

/// SQL that makes the views on this connection. Columns are named as the keys in --json; `client`
/// has no members. A value that an older record lacks is null or empty.
Result<std::string> view_statements(sqlite3* db, const std::string& path);
/// Makes an empty view `answer` on this connection if the record has no such table.
Status stand_in_for_answers(sqlite3* db, const std::string& path);

}  // namespace callgate
