// Reads the record for `callgate history` and other commands. The command's own process opens the
// file read-only and never migrates it.
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

/// An answer that came after the end of its call. The client did not get it.
struct LateAnswerRow {
  Micros at{};
  Outcome outcome{};  ///< Ok, ToolError or RpcError
  std::optional<int64_t> error_code;
  std::string error;
  uint64_t result_bytes = 0;
  uint32_t masked = 0;
  std::string result;       ///< as CallRow::result
  bool result_kept = true;  ///< false: retention dropped the text
};

struct CallRow {
  std::string id;  ///< "RUN-CALL"
  Micros at{};
  std::string session;  ///< "RUN-SESSION"
  std::string client_name, client_version, client_exe;
  int64_t client_pid = 0;
  std::string profile, server, tool, exposed, method, era;
  std::string account;  ///< of the remote server; empty if it has none
  uint32_t rounds = 1;
  Nanos waited{}, duration{};
  Outcome outcome = Outcome::Pending;
  Permission decision{};
  std::string rule, because;
  uint64_t args_bytes = 0, result_bytes = 0;
  uint32_t masked = 0;  ///< secrets in arguments, results and errors, also in `late`
  std::optional<int64_t> error_code;
  std::string error;
  /// Masked JSON. Empty if retention dropped it. list() fills these and LateAnswerRow::result only
  /// if HistoryFilter::bodies is set.
  std::string args, result;
  bool args_kept = true, result_kept = true;  ///< false: retention dropped the text
  Micros ended{};                             ///< 0: the record has no end of this call
  /// Whether the configuration or the server declares that the tool only reads; empty: neither
  /// does.
  std::optional<bool> read_only;
  /// True if the guard observed the call. Empty if a version without the guard recorded it.
  std::optional<bool> observed;
  /// What the guard observed of the answer. Empty if `result` still shows the same.
  std::optional<AnswerFacts> facts;
  /// Ids of the findings that this call caused or is evidence of.
  std::vector<std::string> findings;
  std::optional<LateAnswerRow> late;
  std::string earlier;  ///< for Outcome::Repeated: the id of the earlier call; otherwise empty
};

struct HistoryFilter {
  /// A call must match each of these lists. It matches a list if it matches one of the list's globs
  /// (with * and ?), or if the list is empty.
  std::vector<std::string> servers, accounts, tools, clients, profiles, sessions;
  std::vector<Outcome> outcomes;
  std::optional<Micros> since, until;
  std::string grep;    ///< substring of args, a result or an error, ignoring ASCII case
  std::string before;  ///< a call's id: only older calls match (for paging)
  std::string after;   ///< a call's id: only newer calls match (for `callgate history tail`)
  size_t limit = 50;   ///< at most this number of calls; 0: all
  bool oldest_first = false;
  bool bodies = false;  ///< if true, `args` and the results of each CallRow are filled
};

/// A question that a server asked, and the client's answer.
struct QuestionRow {
  std::string id;  ///< "RUN-QUESTION"
  Micros at{};
  std::string server, method;
  /// Empty if the client sent an answer to a question that no server had asked.
  std::optional<Permission> decision;
  std::string rule;
  std::string params;  ///< masked JSON; empty if the question had none, or if retention dropped it
  Micros answered{};   ///< 0: the client has not answered
  std::string answer;  ///< "accept", "decline" …: QuestionAnswered::action
  std::string answer_because;
  std::string response;  ///< the answer's masked JSON; empty in the same cases as `params`
};

struct SqlTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

/// One thread. Uses only short read transactions, so that a long `callgate history tail` never
/// keeps SQLite from reusing its write-ahead log.
class History {
 public:
  /// Errors: "history.none" (no file yet), and those of Recorder::open for reading.
  static Result<std::unique_ptr<History>> open(const std::string& path);
  ~History();

  /// Calls of all runs, sorted by time: newest first unless HistoryFilter::oldest_first is set.
  /// `next` is the id to pass as HistoryFilter::before (with oldest_first: as `after`) to get the
  /// following page. It is empty on the last page.
  struct Page {
    std::vector<CallRow> calls;
    std::string next;
  };
  Result<Page> list(const HistoryFilter& filter);
  /// Returns the calls with a late answer that came at `since` or later, in the order of these
  /// answers. Only calls that match the filter; its order, its limit, `before` and `after` do not
  /// matter. Reads one row for each late answer in the record.
  Result<std::vector<CallRow>> late_answers(const HistoryFilter& filter, Micros since);
  /// Returns one call with its args and result. `id` is "RUN-CALL" such as "12-34", "@last" for the
  /// newest call, or "@-2" for the second newest. Error: "history.no_call".
  Result<CallRow> show(const std::string& id);
  Result<std::vector<QuestionRow>> questions(const std::string& call_id);
  /// Returns sums for each tool. Retries (Outcome::Repeated) were not made, so they do not count.
  Result<std::vector<ToolStats>> stats(const HistoryFilter& filter);
  /// Returns the sums for `callgate report` over the calls of by_agent.since to by_agent.until,
  /// both included. Retries do not count. `by_agent` is the filter of Report::touched. Uses
  /// a second thread.
  Result<Report> report(const TouchedFilter& by_agent);
  /// Sums up the data that calls accessed. Denied calls and retries accessed nothing.
  Result<Touched> touched(const TouchedFilter& filter);
  /// Runs one read-only SQL statement over the documented views and returns at most `limit` rows.
  /// Error "history.sql": it is not one read-only statement, it reads anything but the views, or it
  /// takes longer than `runtime`.
  Result<SqlTable> sql(const std::string& statement, size_t limit, Millis runtime = Millis{30'000});

 private:
  struct Impl;
  explicit History(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace callgate
