// Calls read from their own rows, as far as filing and sums need them.
#pragma once

#include <vector>

#include "filed.h"
#include "sqlite.h"

namespace callgate {

/// One thread. What is read stays until the next read.
class FiledSource {
 public:
  Status prepare(sqlite3* db, const std::string& path);
  /// The run's calls `first` … `last`.
  Result<std::vector<FiledCall>> read(uint32_t run, CallNumber first, CallNumber last);
  /// The first call of the run at `from` or behind it; empty: none.
  Result<std::optional<CallNumber>> next(uint32_t run, CallNumber from);

 private:
  sqlite3* db_ = nullptr;
  std::string path_;
  Statement rows_, next_;
  std::string touched_;  // what the calls that were read last lie in
};

}  // namespace callgate
