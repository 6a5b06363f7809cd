// The reader of the record that the files of History share. It merges the calls of all runs by
// time, and keeps rows of small tables (targets, sessions) in memory. See filed.h for "stretch" and
// "kind".
#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "by_number.h"
#include "callgate/store/history.h"
#include "store/filed/filed.h"
#include "store/filed/filed_source.h"
#include "store/sqlite/schema.h"
#include "store/sqlite/sqlite.h"

namespace callgate {

/// A call's start and end, with the values of their rows in `event`.
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
  std::string facts;    // packed AnswerFacts; empty if the stored body still shows them
  int64_t earlier = 0;  // of a repeated call: the earlier call, run << 32 | call
};

struct TargetRow {
  CallKind kind{};
  std::optional<bool> read_only;
  std::string server, account, tool, exposed, era;
  bool wanted = false;  // true if calls of this target match the current filter
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

/// A call's place in the order by time. Calls that start at the same time are ordered by id.
struct TimePlace {
  int64_t at = 0, id = 0;
  friend bool operator<(const TimePlace& a, const TimePlace& b) {
    return a.at != b.at ? a.at < b.at : a.id < b.id;
  }
};

/// Which columns of `filed` a scan reads.
enum class Columns : uint8_t {
  Calls,   ///< FiledCall::touched is empty
  Touched  ///< also the accessed data
};

/// The columns of a row of `filed` that pick() needs.
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
      ruling, payload, runs, sessions_of_run;

  // True if the record has the table `filed`, `finding` or `item`; older versions lacked them.
  bool has_filed = false, has_findings = false, has_items = false;
  Statement stretch_up, stretch_down, stretches, stretches_touched, findings;
  Statement text_blocks;  // empty if the record has no table `text_block`
  // Empty if the record has no table `late_answer`.
  Statement late_answer, late_calls, late_since;
  FiledSource source;
  FiledKinds kinds;  // for pick() and scan(), reused to save allocations

  Status prepare();
  Status prepare_filed();
  Status prepare_late();
  Result<std::vector<RunRow>> all_runs();
  /// Reads at most `count` calls of one run with begin <= id <= end, in one short transaction.
  Result<std::vector<EventPair>> read(int64_t begin, int64_t end, size_t count, bool oldest_first);
  Result<std::optional<EventPair>> find(int64_t id);
  /// Returns the id of the run's first call that started at `at` or later. If no call did, returns
  /// the id after the run's last call.
  Result<int64_t> first_at(uint32_t run, int64_t at);
  Result<int64_t> last_of(uint32_t run);
  /// Returns the id of the start of the call "12-34" (RUN-CALL), "@last" or "@-2" (second newest).
  Result<int64_t> resolve(const std::string& id);

  /// Calls `visit` for each call that matches the filter, in the filter's order, until `visit`
  /// returns false.
  Status walk(const HistoryFilter& filter,
              const std::function<Result<bool>(const EventPair&)>& visit);
  /// Returns true if the call matches the filter. Does not check its time and id.
  bool wanted(const HistoryFilter& filter, const EventPair& pair);
  /// Returns true if calls of this kind can match the filter: checks session, target and outcome.
  bool wanted(const HistoryFilter& filter, uint32_t run, const FiledKinds::Kind& kind);
  /// Returns the first (`up`) or last filed stretch (see filed.h) that overlaps the range of ids;
  /// nullopt if none does.
  Result<std::optional<Stretch>> stretch_near(int64_t begin, int64_t end, bool up);
  /// Appends to `ids` the stretch's calls from `first` to `last` whose kind matches the filter.
  /// Returns false if the stretch is damaged.
  bool pick(const Stretch& stretch, const HistoryFilter& filter, int64_t first, int64_t last,
            std::vector<int64_t>& ids);
  /// Calls `visit` for each call that matches the filter in kind, `since` and `until` (other
  /// members of the filter are ignored): run after run, and within a run oldest first. Reads filed
  /// calls from `filed` and other calls from `event`.
  Status scan(const HistoryFilter& filter, Columns columns,
              const std::function<void(const FiledCall&)>& visit);
  /// Fills CallRow::findings. `ids` are the ids of the calls in `rows`, in the same order.
  Status add_findings(const std::vector<int64_t>& ids, std::vector<CallRow>& rows);
  /// Returns the outcome of a call for users: a call without an end is lost if the run's gate
  /// process is gone.
  Outcome outcome_of(uint32_t run, Outcome recorded) {
    return recorded == Outcome::Pending && !live[run] ? Outcome::Lost : recorded;
  }
  /// Returns false if no session of the run matches the filter, so that none of its calls does.
  Result<bool> has_wanted_session(uint32_t run, const HistoryFilter& filter);
  const TargetRow& target_of(int64_t id, const HistoryFilter& filter);
  const SessionRow& session_of(int64_t id, const HistoryFilter& filter);
  std::optional<std::string> payload_of(const std::optional<int64_t>& id);
  CallRow row_of(const EventPair& pair, bool bodies);
  /// Returns the late answer of the call whose start in `event` has this id; nullopt if it has
  /// none.
  std::optional<LateAnswerRow> late_answer_of(int64_t id, bool bodies);
  /// Returns the starts in `event` of the calls whose late answers came at `since` or later, in the
  /// order of these answers.
  Result<std::vector<int64_t>> late_answers_since(Micros since);
  /// Returns the calls of the run that have a late answer, in ascending order.
  Result<std::vector<CallNumber>> calls_with_late_answer(uint32_t run);
  std::unordered_map<int64_t, TargetRow> targets;  // by id
  std::unordered_map<int64_t, SessionRow> sessions;
  // Whether a target or session is wanted by the current filter.
  enum class Wanted : uint8_t { Unknown, No, Yes };
  ByNumber<Wanted> wanted_targets;
  BySession<Wanted> wanted_sessions;
  /// Must be called before another filter is used, because `targets`, `sessions` and the values
  /// above hold for one filter.
  void forget_wanted();
  // By run: true if the record has no end of the run and its process is not proven dead.
  std::unordered_map<uint32_t, bool> live;
};

struct History::Impl final : RecordReader {};

/// Returns true if a glob of the list matches `text`, or if the list is empty. In a glob, `*`
/// matches any number of characters and `?` matches one.
bool matches_any(const std::vector<std::string>& globs, std::string_view text);

}  // namespace callgate
