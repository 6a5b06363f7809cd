// What the guard found and remembers, in the record. People and gates read it, and people end
// findings.
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
  std::string call;                   ///< "RUN-CALL": the call that raised it
  Finding finding;                    ///< its session and evidence are numbers within the run
  std::vector<std::string> evidence;  ///< call ids
  std::string step;                   ///< what the guard did at once
  std::optional<Micros> ended;
  std::string how;      ///< "cleared" or "approved"; empty if it has not ended
  std::string because;  ///< who ended it, and why
};

struct FindingFilter {
  std::optional<Micros> since;
  std::string session;  ///< "RUN-SESSION"; empty: any
  std::string call;     ///< "RUN-CALL": findings that it raised or is evidence of
  bool standing = false;
  size_t limit = 0;  ///< 0: all
};

/// Newest first. Empty if there is no such record, or an older one without findings. Blocking, any
/// thread. Errors: those of Recorder::open for reading.
Result<std::vector<FindingRow>> read_findings(const std::string& path, const FindingFilter& filter);
/// Reads the finding "RUN-NUMBER" or "@last". Error: "findings.none".
Result<FindingRow> read_finding(const std::string& path, const std::string& id);

enum class FindingEnd : uint8_t { Cleared, Approved };
const char* name(FindingEnd end);  ///< "cleared", "approved"
/// Appends the end of the finding "RUN-NUMBER". Waits up to 5 s for a busy record. Errors:
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
/// The ends that concern the gate process of `run`, oldest first: ends of its own findings, and
/// ends of dead-end findings (R5) of any run, since dead ends are shared by all runs. `after` is
/// the row of the last end that was read, 0 at first; it is set to the newest.
Result<std::vector<EndedFinding>> read_ended(const std::string& path, uint32_t run, int64_t& after);

/// Deletes the dead end from the record. Errors: the database's.
Status forget_dead_end(const std::string& path, const DeadEnd& dead_end);
/// The dead ends that earlier sessions of `agent` left (of every agent if it is empty) and that
/// have not expired, newest first, at most `limit`.
Result<std::vector<DeadEnd>> read_dead_ends(const std::string& path, std::string_view agent,
                                            Micros now, size_t limit);

/// True if the session belongs to the agent whose calls are counted. The test gets the client's
/// name, token, program and parents.
using SessionTest = std::function<bool(const SessionOpened&)>;
/// The number of calls since `since`, by all gate processes, that such sessions made and the rules
/// allowed. Reads at most `most` calls of any session, some 0.4 µs each, so it may return less than
/// there are.
Result<uint64_t> count_calls(const std::string& path, const SessionTest& is_theirs, Micros since,
                             uint64_t most);

}  // namespace callgate
