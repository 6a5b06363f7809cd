// Reads the record: what `callgate history` shows. Opens the file read-only, in its own process,
// never migrates.
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
  std::string args, result;  ///< masked JSON; empty unless asked for, or dropped by retention
  bool args_kept = true, result_kept = true;
  Micros ended{};                     ///< 0: it has no end
  std::optional<bool> read_only;      ///< the server's word of the tool, or the configuration's
  std::optional<bool> observed;       ///< by the guard; empty: there was none yet
  std::optional<AnswerFacts> facts;   ///< what it saw; empty where the stored result tells it
  std::vector<std::string> findings;  ///< ids of those that it raised, or is evidence of
};

struct HistoryFilter {
  std::vector<std::string> servers, tools, clients, profiles,
      sessions;  ///< any of; globs with * and ?
  std::vector<Outcome> outcomes;
  std::optional<Micros> since, until;
  std::string grep;    ///< substring of args, result or error, ignoring ASCII case
  std::string before;  ///< an id: only older calls (for paging)
  std::string after;   ///< an id: only newer calls (for tail)
  size_t limit = 50;   ///< 0: all
  bool oldest_first = false;
  bool bodies = false;  ///< fill args and result
};

struct ToolStats {
  std::string server, tool;
  uint64_t calls = 0, failed = 0, denied = 0;
  Nanos p50{}, p95{}, longest{};
  uint64_t args_bytes = 0, result_bytes = 0;
};

/// A question of a server, and what the client answered.
struct QuestionRow {
  std::string id;  ///< "RUN-QUESTION"
  Micros at{};
  std::string server, method;
  std::optional<Verdict> decision;  ///< empty: the client answered what nobody asked
  std::string rule;
  std::string params;  ///< masked JSON; empty where there is none, or none is kept any more
  Micros answered{};   ///< 0: it has no answer
  std::string answer;  ///< "accept", "decline" …: QuestionAnswered::action
  std::string answer_because;
  std::string response;  ///< masked JSON, as `params`
};

struct SqlTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

/// One thread. Short read transactions only, so that a tail never holds the log back.
class History {
 public:
  /// Errors: "history.none" (no file yet), and those of Recorder::open for reading.
  static Result<std::unique_ptr<History>> open(const std::string& path);
  ~History();

  /// Newest first, all runs merged by time. `next` is the id to pass as `before` (with
  /// oldest_first: as `after`) for the following page; empty at the end.
  struct Page {
    std::vector<CallRow> calls;
    std::string next;
  };
  Result<Page> list(const HistoryFilter& filter);
  /// One call whole, with args and result. Ids: "12-34", "@last", "@-2". Error "history.no_call".
  Result<CallRow> show(const std::string& id);
  Result<std::vector<QuestionRow>> questions(const std::string& call_id);
  Result<std::vector<ToolStats>> stats(const HistoryFilter& filter);
  /// What `callgate report` sums up; both ends are included. stats() and touched() have the rest.
  Result<Report> report(std::optional<Micros> since, std::optional<Micros> until);
  /// What calls touched; denied ones touched nothing.
  Result<Touched> touched(const TouchedFilter& filter);
  /// One read-only statement over the documented views; refused otherwise ("history.sql"), also
  /// when it takes longer than `runtime`. At most `limit` rows.
  Result<SqlTable> sql(const std::string& statement, size_t limit, Millis runtime = Millis{30'000});

 private:
  struct Impl;
  explicit History(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// What retention would do, and doing it, for `history prune`. Error as in Recorder::open.
struct PruneReport {
  uint64_t calls = 0, bodies = 0, bytes = 0;
};
enum class PruneMode { DryRun, Delete };
Result<PruneReport> prune(const std::string& path, Micros older_than, PruneMode mode);

}  // namespace callgate
