// What the guard found and remembers, in the record: read for people and for gates, and ended by
// people.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/record/events.h"
#include "callgate/record/finding.h"

namespace callgate {

struct FindingRow {
  uint32_t run = 0;
  std::string id;                     ///< "RUN-NUMBER"
  std::string session;                ///< "RUN-SESSION"
  std::string call;                   ///< "RUN-CALL": by which it was raised
  Finding finding;                    ///< its session and evidence are numbers of the run
  std::vector<std::string> evidence;  ///< call ids
  std::string step;                   ///< what was done at once
  std::optional<Micros> ended;
  std::string how;      ///< "cleared" or "approved"; empty: it stands
  std::string because;  ///< who said so, and why
};

struct FindingFilter {
  std::optional<Micros> since;
  std::string session;  ///< "RUN-SESSION"; empty: any
  std::string call;     ///< "RUN-CALL": those that it raised, or is evidence of
  bool standing = false;
  size_t limit = 0;  ///< 0: all
};

/// Newest first; none if there is no such record, or an older one without them. Blocking, any
/// thread. Errors: those of Recorder::open for reading.
Result<std::vector<FindingRow>> read_findings(const std::string& path, const FindingFilter& filter);
/// By "RUN-NUMBER" or "@last". Error "findings.none".
Result<FindingRow> read_finding(const std::string& path, const std::string& id);

enum class FindingEnd : uint8_t { Cleared, Approved };
const char* name(FindingEnd end);  ///< "cleared", "approved"
/// Appends the end of the finding "RUN-NUMBER"; waits up to 5 s for a busy record. Errors:
/// "findings.none" and those of Recorder::open.
Status end_finding(const std::string& path, const std::string& id, FindingEnd how, Micros now,
                   const std::string& because);

struct EndedFinding {
  uint32_t run = 0, number = 0;
  FindingEnd how{};
  Micros at{};  ///< when it was ended
  GuardRule rule{};
  uint64_t key = 0;
};
/// What concerns the gate process of that run, oldest first: ends of its own findings, and of any
/// run's of rule R5, since dead ends are no run's own. `after` is the row of the last end that was
/// seen, 0 at first, and becomes the newest.
Result<std::vector<EndedFinding>> read_ended(const std::string& path, uint32_t run, int64_t& after);

/// Errors: the database's.
Status forget_dead_end(const std::string& path, const DeadEnd& dead_end);
/// The dead ends that an agent's earlier sessions left (empty: every agent's), not expired, newest
/// first, at most `limit`.
Result<std::vector<DeadEnd>> read_dead_ends(const std::string& path, std::string_view agent,
                                            Micros now, size_t limit);

/// Says whether it is one of theirs; has the client's name, token, program and parents.
using SessionTest = std::function<bool(const SessionOpened&)>;
/// Calls of those sessions that were let through since then, by all processes. At most `most` calls
/// of anybody are looked at, some 0.4 µs each, so it may be fewer than there are.
Result<uint64_t> count_calls(const std::string& path, const SessionTest& is_theirs, Micros since,
                             uint64_t most);

}  // namespace callgate
