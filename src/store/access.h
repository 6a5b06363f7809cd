// A short visit to the record beside the recorder: a few rows read or one written, by any process.
#pragma once

#include <memory>
#include <string>

#include "callgate/base/result.h"
#include "sqlite.h"

namespace callgate {

struct Access {
  std::unique_ptr<Patience> patience;  // outlives db
  DatabasePtr db;                      // null: there is nothing to read
};

/// Waits up to a second. Nothing to read: there is no such file, or it is of an older schema
/// without `table`.
Result<Access> read_access(const std::string& path, const char* table);
/// Creates the record or brings it up to date; waits up to 5 s.
Result<Access> write_access(const std::string& path);

}  // namespace callgate
