// Short access to the record besides the recorder: any process reads a few rows or writes one.
#pragma once

#include <memory>
#include <string>

#include "callgate/base/result.h"
#include "sqlite.h"

namespace callgate {

struct Access {
  std::unique_ptr<Patience> patience;  // must outlive db
  DatabasePtr db;                      // null if there is nothing to read
};

/// Waits up to a second. Returns an Access without a database if there is no such file, or if it
/// has an older schema without `table`.
Result<Access> read_access(const std::string& path, const char* table);
/// Creates the record or migrates it. Waits up to 5 s.
Result<Access> write_access(const std::string& path);

}  // namespace callgate
