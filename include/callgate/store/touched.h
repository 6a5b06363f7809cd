// What agents touched, summed up: the answer to "which agents touched which data this week".
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
  std::optional<Micros> since, until;         ///< when the calls began; both included
  std::vector<std::string> clients, servers;  ///< any of; globs with * and ?
  std::optional<TouchOp> op;                  ///< only what was touched so
  /// A folder or address: it and what lies below it, by whole components. Empty: everything.
  std::string under;
  size_t limit = 0;   ///< rows, those with most touches; 0: all
  size_t places = 5;  ///< of each agent or server; 0: none
};

/// How often things were touched. A call that touches two things has touched twice.
struct TouchCounts {
  uint64_t reads = 0, writes = 0;
  uint64_t unknown = 0;  ///< neither the server nor the tool's name tells which of the two
  void count(TouchOp op) {
    ++(op == TouchOp::Read ? reads : op == TouchOp::Write ? writes : unknown);
  }
  uint64_t all() const { return reads + writes + unknown; }
  bool operator==(const TouchCounts&) const = default;
};

/// A folder, a host, a repository …: where a row's touches are, each as far down as one place holds
/// an eighth of them.
struct TouchedPlace {
  std::string name;  ///< a folder or host ends in "/"
  uint64_t items = 0;
  TouchCounts touches;
  bool operator==(const TouchedPlace&) const = default;
};

struct TouchedRow {
  std::string name;  ///< the client's, as it says; the server's; the item's
  TouchKind kind{};  ///< of an item
  uint64_t items = 0, calls = 0;
  TouchCounts touches;
  Micros first{}, last{};                     ///< when calls that touched began
  std::string last_call;                      ///< "RUN-CALL"
  std::vector<std::string> clients, servers;  ///< by which it was touched, sorted
  std::vector<TouchedPlace> places;           ///< of an agent or server, those with most touches
  uint64_t more_places = 0;                   ///< beside those
  bool operator==(const TouchedRow&) const = default;
};

struct Touched {
  std::vector<TouchedRow> rows;  ///< most touches first
  uint64_t more = 0;             ///< rows beyond the limit
  uint64_t items = 0;            ///< of all rows, also those beyond it, each once
};

}  // namespace callgate
