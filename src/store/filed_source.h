// Reads calls from their own rows, as far as filing and sums need them.
#pragma once

#include <vector>

#include "filed.h"
#include "sqlite.h"

namespace callgate {

/// One thread. The calls that are read stay valid until the next read.
class FiledSource {
 public:
  Status prepare(sqlite3* db, const std::string& path);
  /// Reads the run's calls `first` … `last`.
  Result<std::vector<FiledCall>> read(uint32_t run, CallNumber first, CallNumber last);
  /// The first call of the run at or after `from`; empty if there is none.
  Result<std::optional<CallNumber>> next(uint32_t run, CallNumber from);

 private:
  sqlite3* db_ = nullptr;
  std::string path_;
  Statement rows_, next_;
  std::string touched_;  // the memory for `touched` of the calls that were read last
};

}  // namespace callgate
