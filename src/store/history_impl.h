// The reader of the record: cursors over the ranges of runs, merged by time, and the small tables
// in memory.
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "callgate/store/history.h"
#include "filed.h"
#include "filed_source.h"
#include "schema.h"
#include "sqlite.h"

namespace callgate {

/// A call's start and end, as the rows have them.
struct EventPair {
  int64_t id = 0, at = 0, session = 0, target = 0, ruling = 0, end_at = 0;
  std::optional<int64_t> args, result;  // payload ids
  uint64_t args_bytes = 0, result_bytes = 0;
  uint32_t masked = 0;
  Outcome outcome = Outcome::Pending;
  int64_t duration = 0, waited = 0, rounds = 1;
  std::optional<int64_t> error_code;
  std::string error;
  std::optional<bool> observed;
  std::string facts;  // packed; empty if the body shows them
};

struct TargetRow {
  CallKind kind{};
  std::optional<bool> read_only;
  std::string server, tool, exposed, era;
  bool wanted = false;  // whether the current filter wants it
};

struct SessionRow {
  std::string client_name, client_version, client_exe, profile;
  int64_t client_pid = 0;
  bool wanted = false;
};

struct RunRow {
  uint32_t id = 0;
  int64_t started = 0;
  std::optional<int64_t> ended;
};

/// A place in the order of time. Ids decide between equal times.
struct TimePlace {
  int64_t at = 0, id = 0;
  friend bool operator<(const TimePlace& a, const TimePlace& b) {
    return a.at != b.at ? a.at < b.at : a.id < b.id;
  }
};

/// The columns of a row of `filed` that are needed to pick calls.
struct Stretch {
  int64_t id = 0;
  CallNumber last = 0;
  std::string calls;
  int64_t end() const { return started_id(run_of(id), last); }
};

/// The data and functions that the files of History share.
struct RecordReader {
  std::string path;
  OpenMode mode = OpenMode::Read;
  std::unique_ptr<Patience> patience;
  DatabasePtr db;
  Statement begin_read, end_read, newer, older, one, last_in_run, first_from, target, session,
      ruling, payload, runs;

  // Whether the record has these tables.
  bool has_filed = false, has_findings = false, has_items = false;
  Statement stretch_up, stretch_down, stretches, findings;
  FiledSource source;
  FiledKinds kinds;  // reused

  Status prepare();
  Status prepare_filed();
  Result<std::vector<RunRow>> all_runs();
  /// Reads at most `count` calls of one run with begin <= id <= end, in the requested order. One
  /// short read.
  Result<std::vector<EventPair>> read(int64_t begin, int64_t end, size_t count, bool oldest_first);
  Result<std::optional<EventPair>> find(int64_t id);
  /// The first id of a run whose call started at `at` or later; the id after the last one if there
  /// is no such call.
  Result<int64_t> first_at(uint32_t run, int64_t at);
  Result<int64_t> last_of(uint32_t run);
  /// Turns "12-34", "@last" or "@-2" into the id of the call's start.
  Result<int64_t> resolve(const std::string& id);

  /// Calls `visit` for each call that the filter wants, in the filter's order, until `visit`
  /// returns false.
  Status walk(const HistoryFilter& filter,
              const std::function<Result<bool>(const EventPair&)>& visit);
  bool wanted(const HistoryFilter& filter, const EventPair& pair);
  /// The same, as far as the kind alone decides it.
  bool wanted(const HistoryFilter& filter, uint32_t run, const FiledKinds::Kind& kind);
  /// The filed stretch that is nearest to the range's beginning (up) or end and that overlaps the
  /// range.
  Result<std::optional<Stretch>> stretch_near(int64_t begin, int64_t end, bool up);
  /// Appends the stretch's calls from `first` to `last` that the filter wants by kind. Returns
  /// false if the stretch is damaged.
  bool pick(const Stretch& stretch, const HistoryFilter& filter, int64_t first, int64_t last,
            std::vector<int64_t>& ids);
  /// Calls `visit` for each call that the filter wants by kind, since and until: run after run,
  /// oldest first. Reads filed calls from `filed` and the others from their rows.
  Status scan(const HistoryFilter& filter, const std::function<void(const FiledCall&)>& visit);
  /// Adds the ids of findings to the rows of the calls with these ids.
  Status add_findings(const std::vector<int64_t>& ids, std::vector<CallRow>& rows);
  const TargetRow& target_of(int64_t id, const HistoryFilter& filter);
  const SessionRow& session_of(int64_t id, const HistoryFilter& filter);
  std::optional<std::string> payload_of(const std::optional<int64_t>& id);
  CallRow row_of(const EventPair& pair, bool bodies);
  std::unordered_map<int64_t, TargetRow> targets;  // `wanted` is for the current filter
  std::unordered_map<int64_t, SessionRow> sessions;
  // By run: true if the run has no end and its process lives.
  std::unordered_map<uint32_t, bool> live;
};

struct History::Impl final : RecordReader {};

/// True if any glob matches: `*` is any number of characters, `?` is one. An empty list matches
/// everything.
bool matches_any(const std::vector<std::string>& globs, std::string_view text);
/// "RUN-NUMBER".
std::string typeable(uint32_t run, uint32_t number);

}  // namespace callgate
