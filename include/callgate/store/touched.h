// The data that agents accessed, as sums: the answer to "which agents touched which data this
// week".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "callgate/base/time.h"
#include "callgate/record/touch.h"

namespace callgate {

struct TouchedFilter {
  enum class By : uint8_t { Agent, Server, Path };
  By by = By::Agent;
  std::optional<Micros> since, until;  ///< when the calls began; both ends included
  /// A call matches a list if it matches one of its globs (with * and ?), or if the list is empty.
  std::vector<std::string> clients, servers;
  std::optional<TouchOp> op;  ///< only accesses of this kind
  /// A folder or address: only data at it or below it, by whole path components. Empty: everything.
  std::string under;
  size_t limit = 0;   ///< rows: those with the most accesses; 0: all
  size_t places = 5;  ///< how many places to list for each agent or server; 0: none
};

/// How often data was accessed. A call that accesses two items counts twice.
struct TouchCounts {
  uint64_t reads = 0, writes = 0;
  uint64_t unknown = 0;  ///< neither the server nor the tool's name shows which of the two
  void count(TouchOp op) {
    ++(op == TouchOp::Read ? reads : op == TouchOp::Write ? writes : unknown);
  }
  uint64_t all() const { return reads + writes + unknown; }
  bool operator==(const TouchCounts&) const = default;
};

/// A folder, a host, a repository …: where a row's accesses are. Each place is as deep in the tree
/// as one place still has an eighth of the row's accesses.
struct TouchedPlace {
  std::string name;  ///< the name of a folder or host ends in "/"
  uint64_t items = 0;
  TouchCounts touches;
  bool operator==(const TouchedPlace&) const = default;
};

struct TouchedRow {
  std::string name;  ///< the client's name as it states it, the server's name, or the item's
  TouchKind kind{};  ///< set for an item only
  uint64_t items = 0, calls = 0;
  TouchCounts touches;
  Micros first{}, last{};                     ///< when the first and the last such call began
  std::string last_call;                      ///< "RUN-CALL"
  std::vector<std::string> clients, servers;  ///< the clients and servers that accessed it, sorted
  std::vector<TouchedPlace> places;  ///< set for an agent or server: those with the most accesses
  uint64_t more_places = 0;          ///< how many further places there are
  bool operator==(const TouchedRow&) const = default;
};

struct Touched {
  std::vector<TouchedRow> rows;  ///< most accesses first
  uint64_t more = 0;             ///< how many rows are beyond the limit
  uint64_t items = 0;  ///< items of all rows, also of those beyond the limit, each counted once
};

}  // namespace callgate
