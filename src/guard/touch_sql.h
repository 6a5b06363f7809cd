// The tables that a plain SQL text names.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "callgate/record/touch.h"

namespace callgate {

/// It begins as a statement does: a verb of SQL, behind blanks and comments.
bool is_sql(std::string_view text);

/// Behind FROM, JOIN, USING, INTO, UPDATE, TABLE, TRUNCATE, COPY, RENAME TO and an index's ON, with
/// what the statement does to it; quotes undone, "schema.table" kept. Names of WITH, functions and
/// FROM within functions don't count. Linear; at most 32 levels of brackets and 256 names.
void for_each_table(std::string_view sql, const std::function<void(std::string, TouchOp)>& visit);

}  // namespace callgate
