// The documented views of `history sql`, made by the reader as temporary ones: a newer schema may
// keep them true.
#pragma once

#include <string>

#include "sqlite.h"

namespace callgate {

/// SQL that makes them on this connection. Columns are named as the keys in --json, `client`
/// without its members; what an older record lacks is null or empty.
Result<std::string> view_statements(sqlite3* db, const std::string& path);
/// On this connection: an empty view `answer` where the record has no such table.
Status stand_in_for_answers(sqlite3* db, const std::string& path);

}  // namespace callgate
