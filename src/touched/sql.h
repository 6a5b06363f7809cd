// Finds the tables that a plain SQL text names.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "callgate/record/data_item.h"

namespace callgate {

/// True if the text begins like a statement, with a verb of SQL after blanks and comments.
bool is_sql(std::string_view text);

/// Visits the names after FROM, JOIN, USING, INTO, UPDATE, TABLE, TRUNCATE, COPY, RENAME TO and an
/// index's ON, and passes what the statement does to each table. Quotes are removed, and
/// "schema.table" is kept. Skips names that WITH defines, names of functions, and the FROM inside a
/// function's brackets. Takes linear time, with at most 32 levels of brackets and 256 names.
void for_each_table(std::string_view sql, const std::function<void(std::string, DataOp)>& visit);

}  // namespace callgate
