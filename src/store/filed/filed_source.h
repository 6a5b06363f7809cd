// Reads calls from their rows in `event`: the columns that filing and sums need.
#pragma once

#include <vector>

#include "filed.h"
#include "store/sqlite/sqlite.h"

namespace callgate {

/// One thread. FiledCall::touched of the returned calls stays valid until the next read().
class FiledSource {
 public:
  Status prepare(sqlite3* db, const std::string& path);
  /// Reads the run's calls from `first` to `last`, both included.
  Result<std::vector<FiledCall>> read(uint32_t run, CallNumber first, CallNumber last);
  /// Returns the run's first call with the number `from` or a higher one; nullopt if it has none.
  Result<std::optional<CallNumber>> next(uint32_t run, CallNumber from);

 private:
  sqlite3* db_ = nullptr;
  std::string path_;
  Statement rows_, next_;
  std::string touched_;  // FiledCall::touched of the last read() are views into this
};

}  // namespace callgate
