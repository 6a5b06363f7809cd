// Opens the record for a short access, from any process: to read a few rows, or to write one. The
// recorder does not use this.
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

/// Opens the record for reading. Waits up to a second while another process has locked it. Returns
/// an Access without a database if the file does not exist, or if its schema is older and lacks
/// `table`.
Result<Access> read_access(const std::string& path, const char* table);
/// Opens the record for writing, and creates or migrates it if needed. Waits up to 5 s while
/// another process has locked it.
Result<Access> write_access(const std::string& path);

}  // namespace callgate
