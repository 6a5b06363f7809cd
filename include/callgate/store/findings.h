// Reads the findings that the guard has recorded, their ends, and the dead ends that it remembers.
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
  std::string call;                   ///< "RUN-CALL": the call that caused the finding
  Finding finding;                    ///< its session and evidence are numbers within the run
  std::vector<std::string> evidence;  ///< the calls that prove it, as "RUN-CALL"
  std::string step;                   ///< what the guard did about the finding at once
  std::optional<Micros> ended;
  std::string how;      ///< "cleared" or "approved"; empty while the finding is active
  std::string because;  ///< who ended the finding, and why
};

struct FindingFilter {
  std::optional<Micros> since;
  std::string session;  ///< "RUN-SESSION"; empty: any
  /// "RUN-CALL": only findings that this call caused or is evidence of. Empty: any.
  std::string call;
  bool active = false;  ///< only findings that have not ended
  size_t limit = 0;     ///< at most this number of findings; 0: all
};

/// Returns the findings that match `filter`, newest first. Returns an empty list if the record at
/// `path` does not exist, or if an older version wrote it, without findings. Blocking, any thread.
/// Errors: those of Recorder::open for reading.
Result<std::vector<FindingRow>> read_findings(const std::string& path, const FindingFilter& filter);
/// Reads the finding "RUN-NUMBER" or "@last". Error: "findings.none".
Result<FindingRow> read_finding(const std::string& path, const std::string& id);

struct EndedFinding {
  uint32_t run = 0, number = 0;
  FindingEnd how{};
  Micros at{};  ///< when a user ended the finding
  GuardRule rule{};
  uint64_t key = 0;
};
/// Returns the findings that users have ended and that concern the gate process of `run`, oldest
/// end first: the run's own findings, and dead-end findings ("dead-end") of any run, since all runs
/// share the dead ends. Reads only ends whose row number is above `after` (0 at first), and sets
/// `after` to the newest row number.
Result<std::vector<EndedFinding>> read_ended(const std::string& path, uint32_t run, int64_t& after);

/// Returns the dead ends that earlier sessions of `agent` found and that have not expired, newest
/// first, at most `limit`. An empty `agent` means all agents.
Result<std::vector<DeadEnd>> read_dead_ends(const std::string& path, std::string_view agent,
                                            Micros now, size_t limit);

/// Returns true if the session belongs to the agent whose calls are wanted. Of SessionOpened only
/// the client's name, token, profile, program, folder and parents are set.
using SessionTest = std::function<bool(const SessionOpened&)>;
/// Counts the calls since `since` that the rules allowed and that come from a session for which
/// `is_theirs` is true, over all gate processes. Reads at most the newest `most` calls of all
/// sessions (some 0.4 µs each), so the result may be too low.
Result<uint64_t> count_calls(const std::string& path, const SessionTest& is_theirs, Micros since,
                             uint64_t most);

/// A call of a tool whose answer did not reach its client, and the session that made it.
struct UnansweredRow {
  CallId id = 0;
  Micros ended{};  ///< when the call ended for the client, or when its run ended
  SessionOpened session;
};
/// Finds the calls since `since` that ended as cancelled, timed out or lost, or that have no end,
/// in runs that are over and in sessions for which `is_theirs` is true. Leaves out calls that
/// already have a retry (a later call with Outcome::Repeated), and calls with RetriesEnded. Newest
/// first. Reads at most the
/// newest `looked` rows, and returns at most `most` calls.
Result<std::vector<UnansweredRow>> unanswered_calls(const std::string& path,
                                                    const SessionTest& is_theirs, Micros since,
                                                    uint64_t looked, size_t most);

}  // namespace callgate
