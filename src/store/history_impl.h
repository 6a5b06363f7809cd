// The reader's half: cursors over the runs' ranges, merged by time, and the small tables in memory.
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

/// A start with its end beside it, as the rows have them.
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
  std::string facts;  // packed; empty: the body tells
};

struct TargetRow {
  CallKind kind{};
  std::optional<bool> read_only;
  std::string server, tool, exposed, era;
  bool wanted = false;  // by the filter at hand
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

/// A place in the order of time; ids decide between equal times.
struct TimePlace {
  int64_t at = 0, id = 0;
  friend bool operator<(const TimePlace& a, const TimePlace& b) {
    return a.at != b.at ? a.at < b.at : a.id < b.id;
  }
};

/// Of a row of `filed`, what picks calls.
struct Stretch {
  int64_t id = 0;
  CallNumber last = 0;
  std::string calls;
  int64_t end() const { return started_id(run_of(id), last); }
};

/// Everything that the files of History share.
struct RecordReader {
  std::string path;
  OpenMode mode = OpenMode::Read;
  std::unique_ptr<Patience> patience;
  DatabasePtr db;
  Statement begin_read, end_read, newer, older, one, last_in_run, first_from, target, session,
      ruling, payload, runs;

  bool has_filed = false, has_findings = false, has_items = false;  // there are such tables
  Statement stretch_up, stretch_down, stretches, findings;
  FiledSource source;
  FiledKinds kinds;  // reused

  Status prepare();
  Status prepare_filed();
  Result<std::vector<RunRow>> all_runs();
  /// At most `count` calls of one run with begin <= id <= end, in the order asked for. One short
  /// read.
  Result<std::vector<EventPair>> read(int64_t begin, int64_t end, size_t count, bool oldest_first);
  Result<std::optional<EventPair>> find(int64_t id);
  /// The first id of a run whose call started at `at` or later; behind its last one if there is
  /// none.
  Result<int64_t> first_at(uint32_t run, int64_t at);
  Result<int64_t> last_of(uint32_t run);
  /// "12-34", "@last", "@-2" → the id of the start.
  Result<int64_t> resolve(const std::string& id);

  /// Calls `visit` for each call that the filter wants, in its order, until it says false.
  Status walk(const HistoryFilter& filter,
              const std::function<Result<bool>(const EventPair&)>& visit);
  bool wanted(const HistoryFilter& filter, const EventPair& pair);
  /// As far as the kind tells.
  bool wanted(const HistoryFilter& filter, uint32_t run, const FiledKinds::Kind& kind);
  /// The filed stretch that is nearest to the range's beginning (up) or end, and reaches into it.
  Result<std::optional<Stretch>> stretch_near(int64_t begin, int64_t end, bool up);
  /// Appends those of the stretch's calls `first` … `last` that the filter wants by kind; false: it
  /// is damaged.
  bool pick(const Stretch& stretch, const HistoryFilter& filter, int64_t first, int64_t last,
            std::vector<int64_t>& ids);
  /// Calls `visit` for each call that the filter wants by kind, since and until, a run after the
  /// other, oldest first: from where they are filed, else from their rows.
  Status scan(const HistoryFilter& filter, const std::function<void(const FiledCall&)>& visit);
  /// Of the calls with these ids, the rows' findings.
  Status add_findings(const std::vector<int64_t>& ids, std::vector<CallRow>& rows);
  const TargetRow& target_of(int64_t id, const HistoryFilter& filter);
  const SessionRow& session_of(int64_t id, const HistoryFilter& filter);
  std::optional<std::string> payload_of(const std::optional<int64_t>& id);
  CallRow row_of(const EventPair& pair, bool bodies);
  std::unordered_map<int64_t, TargetRow> targets;  // as the filter at hand judges them
  std::unordered_map<int64_t, SessionRow> sessions;
  std::unordered_map<uint32_t, bool> live;  // runs without an end
};

struct History::Impl final : RecordReader {};

/// `*` is any run of characters, `?` is one. Empty list: everything.
bool matches_any(const std::vector<std::string>& globs, std::string_view text);
/// RUN-NUMBER.
std::string typeable(uint32_t run, uint32_t number);

}  // namespace callgate
