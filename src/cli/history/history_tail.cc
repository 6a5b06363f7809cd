// `callgate history tail`: prints the newest calls, the oldest of them first. With --follow, the
// command then waits and prints new calls, and late answers, when they are recorded.
#include <poll.h>

#include <algorithm>
#include <csignal>
#include <set>

#include "call_json.h"
#include "call_line.h"
#include "cli/commands.h"
#include "cli/text/time_text.h"
#include "history_filter.h"

namespace callgate {

namespace {

struct HistoryTailOptions {
  FilterOptions filter;
  bool follow = false;
  uint64_t lines = 10;
};

constexpr int kPollMillis = 500;
constexpr size_t kPage = 500;  // rows per query
// If a call has no end when it is printed, --follow prints the call again when it has ended. This
// is the maximum number of such calls.
constexpr size_t kMostPending = 200;
// An answer may be recorded this much later than another one that came after it.
constexpr std::chrono::minutes kRecordedLater{1};

// Global, because a signal handler can report a signal only through a global variable.
volatile std::sig_atomic_t g_interrupted = 0;
void interrupt(int) { g_interrupted = 1; }

class Tail {
 public:
  Tail(const HistoryTailOptions& options, const Common& common)
      : options_(options), common_(common), screen_(screen(common)) {}

  Status first(History& history) {
    Result<HistoryFilter> filter = make_filter(options_.filter, wall_now());
    if (!filter) return filter.error();
    filter_ = std::move(*filter);
    filter_.bodies = !common_.json && !common_.jsonl;
    const Status marked = mark_newest(history);
    if (!marked || options_.lines == 0) return marked;
    filter_.limit = options_.lines;
    Result<History::Page> page = history.list(filter_);
    if (!page) return page.error();
    std::reverse(page->calls.begin(), page->calls.end());
    show(page->calls);
    return {};
  }

  Status more(History& history) {
    Status finished = finish_pending(history);
    if (finished) finished = show_late_answers(history);
    if (!finished) return finished;
    filter_.oldest_first = true;
    filter_.limit = kPage;
    for (;;) {
      filter_.after = newest_;
      const Result<History::Page> page = history.list(filter_);
      if (!page) return page.error();
      show(page->calls);
      if (page->calls.size() < kPage) return {};
    }
  }

  bool shown_any() const { return shown_any_; }

 private:
  /// Stores the id of the newest call in the record, whether or not this call matches the filter.
  /// To --follow, all calls after this call are new.
  Status mark_newest(History& history) {
    HistoryFilter any;
    any.limit = 1;
    const Result<History::Page> page = history.list(any);
    if (!page) return page.error();
    if (!page->calls.empty()) newest_ = page->calls.front().id;
    return {};
  }

  void show(const std::vector<CallRow>& rows) {
    for (const CallRow& row : rows) {
      put(row);
      newest_ = row.id;
      if (row.outcome == Outcome::Pending && pending_.size() < kMostPending)
        pending_.push_back(row.id);
    }
    std::fflush(stdout);
  }

  using Line = std::string (*)(const Screen&, const CallRow&, JsonReader&);
  void put(const CallRow& row, Line line = call_line) {
    shown_any_ = true;
    common_.json || common_.jsonl ? print_json(call_json(row)) : print(line(screen_, row, reader_));
  }

  /// Prints again the calls that had no end when they were printed and that have ended since then.
  Status finish_pending(History& history) {
    std::vector<std::string> still;
    for (const std::string& id : pending_) {
      const Result<CallRow> row = history.show(id);
      if (!row) return row.error();
      row->outcome == Outcome::Pending ? still.push_back(id) : put(*row);
    }
    pending_ = std::move(still);
    std::fflush(stdout);
    return {};
  }

  Status show_late_answers(History& history) {
    const auto rows = history.late_answers(filter_, late_from_);
    if (!rows) return rows.error();
    std::set<std::string> shown;
    for (const CallRow& row : *rows) {
      if (!late_shown_.contains(row.id)) put(row, late_answer_line);
      shown.insert(row.id);
    }
    late_shown_ = std::move(shown);
    if (!rows->empty()) late_from_ = std::max(late_from_, rows->back().late->at - kRecordedLater);
    std::fflush(stdout);
    return {};
  }

  const HistoryTailOptions& options_;
  const Common& common_;
  Screen screen_;
  JsonReader reader_;
  HistoryFilter filter_;
  std::string newest_;
  std::vector<std::string> pending_;
  Micros late_from_ = wall_now();  // late answers since then are new, except those in late_shown_
  std::set<std::string> late_shown_;  // ids of calls
  bool shown_any_ = false;
};

void catch_signals() {
  struct sigaction action {};
  action.sa_handler = interrupt;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

int follow(Tail& tail, History& history) {
  catch_signals();
  while (g_interrupted == 0 && std::ferror(stdout) == 0) {
    poll(nullptr, 0, kPollMillis);  // sleeps; a signal ends the sleep early
    if (g_interrupted != 0) break;
    const Status read = tail.more(history);
    if (!read) return history_failed(read.error());
  }
  return kDone;
}

int run_history_tail(const HistoryTailOptions& options, const Common& common) {
  const auto history = open_history(common);
  if (!history) return history_failed(history.error());
  Tail tail(options, common);
  const Status first = tail.first(**history);
  if (!first) return history_failed(first.error());
  if (options.follow) return follow(tail, **history);
  return tail.shown_any() ? kDone : nothing_found(common, "no call matches");
}

}  // namespace

Run add_history_tail(Syntax& syntax) {
  const auto options = std::make_shared<HistoryTailOptions>();
  syntax.number("-n,--lines", "N", options->lines, "begin with the newest N calls (default 10)");
  syntax.flag("-f,--follow", options->follow, "print new calls as they come, until interrupted");
  add_filters(syntax, options->filter);
  syntax.value("--grep", "TEXT", options->filter.grep,
               "calls with TEXT in arguments, result or error");
  return [options](const Common& common) { return run_history_tail(*options, common); };
}

}  // namespace callgate
