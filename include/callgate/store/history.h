// Reads the record for `callgate history`. Opens the file read-only, in the process that asks, and
// never migrates it.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/record/events.h"
#include "callgate/store/report.h"
#include "callgate/store/touched.h"

namespace callgate {

struct CallRow {
  std::string id;  ///< "RUN-CALL"
  Micros at{};
  std::string session;  ///< "RUN-SESSION"
  std::string client_name, client_version, client_exe;
  int64_t client_pid = 0;
  std::string profile, server, tool, exposed, method, era;
  uint32_t rounds = 1;
  Nanos waited{}, duration{};
  Outcome outcome = Outcome::Pending;
  Verdict decision{};
  std::string rule, because;
  uint64_t args_bytes = 0, result_bytes = 0;
  uint32_t masked = 0;
  std::optional<int64_t> error_code;
  std::string error;
  std::string args, result;  ///< masked JSON; empty unless asked for, or if retention dropped it
  bool args_kept = true, result_kept = true;
  Micros ended{};                 ///< 0: the call has no end
  std::optional<bool> read_only;  ///< as the server or the configuration declares the tool
  std::optional<bool> observed;   ///< whether the guard observed it; empty: there was no guard yet
  /// What the guard observed; empty where the stored result shows it.
  std::optional<AnswerFacts> facts;
  std::vector<std::string> findings;  ///< ids of the findings that it raised or is evidence of
};

struct HistoryFilter {
  /// A call matches a list if it matches one of its globs (with * and ?), or if the list is empty.
  std::vector<std::string> servers, tools, clients, profiles, sessions;
  std::vector<Outcome> outcomes;
  std::optional<Micros> since, until;
  std::string grep;    ///< substring of args, result or error, ignoring ASCII case
  std::string before;  ///< an id: only older calls (for paging)
  std::string after;   ///< an id: only newer calls (for tail)
  size_t limit = 50;   ///< 0: all
  bool oldest_first = false;
  bool bodies = false;  ///< fills args and result
};

struct ToolStats {
  std::string server, tool;
  uint64_t calls = 0, failed = 0, denied = 0;
  Nanos p50{}, p95{}, longest{};
  uint64_t args_bytes = 0, result_bytes = 0;
};

/// A question that a server asked, and the client's answer.
struct QuestionRow {
  std::string id;  ///< "RUN-QUESTION"
  Micros at{};
  std::string server, method;
  std::optional<Verdict> decision;  ///< empty: the client answered a question that nobody asked
  std::string rule;
  std::string params;  ///< masked JSON; empty if there is none, or if retention dropped it
  Micros answered{};   ///< 0: there is no answer
  std::string answer;  ///< "accept", "decline" …: QuestionAnswered::action
  std::string answer_because;
  std::string response;  ///< masked JSON, as `params`
};

struct SqlTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

/// One thread. Uses only short read transactions, so that a tail never keeps SQLite's log from
/// being reset.
class History {
 public:
  /// Errors: "history.none" (no file yet), and those of Recorder::open for reading.
  static Result<std::unique_ptr<History>> open(const std::string& path);
  ~History();

  /// Newest first, with all runs merged by time. `next` is the id to pass as `before` (with
  /// oldest_first: as `after`) for the following page; empty at the end.
  struct Page {
    std::vector<CallRow> calls;
    std::string next;
  };
  Result<Page> list(const HistoryFilter& filter);
  /// One complete call, with args and result. Ids: "12-34", "@last", "@-2". Error:
  /// "history.no_call".
  Result<CallRow> show(const std::string& id);
  Result<std::vector<QuestionRow>> questions(const std::string& call_id);
  Result<std::vector<ToolStats>> stats(const HistoryFilter& filter);
  /// The sums for `callgate report`; calls at both ends of the period are included. stats() and
  /// touched() give the rest.
  Result<Report> report(std::optional<Micros> since, std::optional<Micros> until);
  /// The data that calls accessed. Denied calls accessed nothing.
  Result<Touched> touched(const TouchedFilter& filter);
  /// Runs one read-only statement over the documented views and returns at most `limit` rows. Any
  /// other statement is refused ("history.sql"), and so is a statement that takes longer than
  /// `runtime`.
  Result<SqlTable> sql(const std::string& statement, size_t limit, Millis runtime = Millis{30'000});

 private:
  struct Impl;
  explicit History(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Counts what retention would remove (DryRun) or removes it (Delete), for `history prune`. Errors:
/// those of Recorder::open.
struct PruneReport {
  uint64_t calls = 0, bodies = 0, bytes = 0;
};
enum class PruneMode { DryRun, Delete };
Result<PruneReport> prune(const std::string& path, Micros older_than, PruneMode mode);

}  // namespace callgate
