// Sums over the data that agents accessed, for `callgate touched`: which agents accessed which data
// in a period. An item is one file, address, repository, table or ticket.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "callgate/base/time.h"
#include "callgate/record/data_item.h"

namespace callgate {

struct TouchedFilter {
  enum class By : uint8_t { Agent, Server, Path };
  By by = By::Agent;
  std::optional<Micros> since, until;  ///< limits for the time when a call began, both included
  /// A call must match all lists. It matches a list if it matches one of the list's globs (with *
  /// and ?), or if the list is empty.
  std::vector<std::string> clients, servers, accounts;
  std::optional<DataOp> op;  ///< only accesses of this kind
  /// A folder or address. Only this item and items below it count; "/a/b" is below "/a", "/ab" is
  /// not. Empty: all items.
  std::string under;
  size_t limit = 0;   ///< only this number of rows, those with the most accesses; 0: all
  size_t places = 5;  ///< how many places to list for each agent or server; 0: none
};

/// How often data was accessed. A call that accesses two items counts twice.
struct TouchCounts {
  uint64_t reads = 0, writes = 0;
  uint64_t unknown = 0;  ///< reads or writes: neither the server nor the tool's name shows which
  void count(DataOp op) { ++(op == DataOp::Read ? reads : op == DataOp::Write ? writes : unknown); }
  uint64_t all() const { return reads + writes + unknown; }
  bool operator==(const TouchCounts&) const = default;
};

/// A folder, host, repository or similar that contains items of a row. A folder is split into the
/// folders in it only where one of these has at least an eighth of the row's accesses.
struct TouchedPlace {
  std::string name;  ///< the name of a folder or host ends in "/"
  uint64_t items = 0;
  TouchCounts touches;
  bool operator==(const TouchedPlace&) const = default;
};

struct TouchedRow {
  std::string name;  ///< the name that the client gives itself, the server's name, or the item's
  DataKind kind{};   ///< set only if the row is an item
  uint64_t items = 0, calls = 0;
  TouchCounts touches;
  Micros first{}, last{};  ///< when the row's first and last call began
  std::string last_call;   ///< "RUN-CALL"
  std::vector<std::string> clients,
      servers;  ///< all clients and servers of the row's calls, sorted
  /// The places with the most accesses. Empty if the row is an item.
  std::vector<TouchedPlace> places;
  uint64_t more_places = 0;  ///< how many further places the row has
  bool operator==(const TouchedRow&) const = default;
};

struct Touched {
  std::vector<TouchedRow> rows;  ///< most accesses first
  uint64_t more = 0;             ///< how many rows TouchedFilter::limit left out
  /// The number of different items of all rows, including the rows that the limit left out.
  uint64_t items = 0;
};

}  // namespace callgate
