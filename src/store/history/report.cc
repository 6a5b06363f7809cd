// Makes all sums of a report in one pass over the calls.
#include "callgate/store/report.h"

#include <algorithm>
#include <future>
#include <map>
#include <queue>

#include "history_impl.h"
#include "store/filed/packed_columns.h"
#include "store/sqlite/typed_ids.h"
#include "tool_sums.h"

namespace callgate {

namespace {

constexpr int64_t kMinute = 60'000'000;

void count(OutcomeCounts& counts, Outcome outcome) {
  switch (outcome) {
    case Outcome::Ok:
      ++counts.ok;
      return;
    case Outcome::Denied:
      ++counts.denied;
      return;
    case Outcome::ToolError:
    case Outcome::RpcError:
    case Outcome::Timeout:
    case Outcome::Lost:
      ++counts.failed;
      return;
    case Outcome::Cancelled:
    case Outcome::Pending:
      ++counts.open;
      return;
    case Outcome::Repeated:  // was not made
      return;
  }
}

void add(OutcomeCounts& to, const OutcomeCounts& more) {
  to.ok += more.ok;
  to.failed += more.failed;
  to.denied += more.denied;
  to.open += more.open;
}

class ReportSums {
 public:
  ReportSums(RecordReader& reader, const HistoryFilter& filter)
      : reader_(reader), filter_(filter) {}

  Result<Report> take() {
    if (Status status = add_rules(); !status) return status.error();
    for (auto& [key, pair] : pairs_) {
      add(report_.calls, pair.calls);
      report_.pairs.push_back(std::move(pair));
    }
    std::stable_sort(
        report_.pairs.begin(), report_.pairs.end(),
        [](const ReportPair& a, const ReportPair& b) { return a.calls.all() > b.calls.all(); });
    for (const auto& [at, calls] : minutes_) report_.minutes.push_back({Micros(at), calls});
    return std::move(report_);
  }

  void add_call(const FiledCall& call) {
    if (call.outcome == Outcome::Repeated) return;
    const Outcome outcome = reader_.outcome_of(run_of(call.id), call.outcome);
    ReportPair& pair = pair_of(call);
    count(pair.calls, outcome);
    pair.args_bytes += call.args_bytes;
    pair.result_bytes += call.result_bytes;
    count(minute_of(call.at), outcome);
    if (call.outcome == Outcome::Denied) return deny(call.at, call.id);
    if (call.touched.empty()) return;
    each_touched(call.touched, [&pair](TouchedItem touched) { pair.touches.count(touched.op); });
  }

 private:
  // A session makes many calls to the same target, so the pair of agent and server is looked up by
  // name only for the first of them.
  ReportPair& pair_of(const FiledCall& call) {
    const uint32_t run = run_of(call.id);
    Agent*& session = sessions_.of(run, call.session);
    if (session == nullptr) {
      ++report_.sessions;
      const std::string& agent =
          reader_.session_of(numbered_id(run, call.session), filter_).client_name;
      session = &agents_[agent];
      session->agent = agent;
    }
    ReportPair*& pair = session->pairs[static_cast<uint64_t>(call.target)];
    if (pair == nullptr) {
      const std::string& server = reader_.target_of(call.target, filter_).server;
      pair = &pairs_[{session->agent, server}];
      pair->agent = session->agent;
      pair->server = server;
    }
    return *pair;
  }

  OutcomeCounts& minute_of(int64_t at) {
    const int64_t minute = at - at % kMinute;
    if (minute != minute_ || last_ == nullptr) {
      minute_ = minute;
      last_ = &minutes_[minute];
    }
    return *last_;
  }

  // Keeps the newest kReportDenials denials. Since the runs are read one after the other although
  // they may have run at the same time, the calls do not arrive in the order of their times.
  void deny(int64_t at, int64_t id) {
    denied_.emplace(at, id);
    if (denied_.size() > kReportDenials) denied_.pop();
  }

  // Adds the rules that denied calls. The table `filed` has no rulings, so they are read from
  // `event`.
  Status add_rules() {
    if (denied_.empty()) return {};
    auto of_call = Statement::prepare(reader_.db.get(), reader_.path,
                                      "select at, ruling, target from event where id = ?");
    if (!of_call) return of_call.error();
    std::map<int64_t, Denial> by_ruling;
    for (; !denied_.empty(); denied_.pop()) {
      const int64_t id = denied_.top().second;
      if (of_call->bind(1, id).step() == SQLITE_ROW) {
        Denial& sum = by_ruling[of_call->integer(1)];
        ++sum.calls;
        if (of_call->integer(0) >= sum.at) {
          sum.at = of_call->integer(0);
          sum.id = id;
          sum.target = of_call->integer(2);
        }
      }
      of_call->reset();
    }
    return add_rules(by_words(by_ruling));
  }

  struct Denial {
    uint64_t calls = 0;
    int64_t at = INT64_MIN, id = 0, target = 0;  // of the newest denied call
  };
  using Words = std::pair<std::string, std::string>;  // rule, because

  // Adds up the denials with the same rule and reason. These can have several rulings, because each
  // run adds its own rows to `ruling`.
  std::map<Words, Denial> by_words(const std::map<int64_t, Denial>& by_ruling) {
    std::map<Words, Denial> sums;
    for (const auto& [ruling, denial] : by_ruling) {
      Statement& words = reader_.ruling;
      Words said;
      if (words.bind(1, ruling).step() == SQLITE_ROW) said = {words.text(1), words.text(2)};
      words.reset();
      Denial& sum = sums[said];
      const uint64_t calls = sum.calls + denial.calls;
      if (denial.at >= sum.at) sum = denial;
      sum.calls = calls;
    }
    return sums;
  }

  Status add_rules(const std::map<Words, Denial>& sums) {
    for (const auto& [words, denial] : sums) {
      const TargetRow& target = reader_.target_of(denial.target, filter_);
      report_.rules.push_back({.rule = words.first,
                               .because = words.second,
                               .calls = denial.calls,
                               .call = typeable(run_of(denial.id), call_of(denial.id)),
                               .server = target.server,
                               .tool = target.tool});
    }
    std::stable_sort(report_.rules.begin(), report_.rules.end(),
                     [](const ReportRule& a, const ReportRule& b) { return a.calls > b.calls; });
    return {};
  }

  struct Agent {
    std::string agent;
    ByNumber<ReportPair*> pairs;  // by target
  };

  RecordReader& reader_;
  const HistoryFilter& filter_;
  Report report_;
  std::map<std::string, Agent> agents_;
  BySession<Agent*> sessions_;
  std::map<std::pair<std::string, std::string>, ReportPair> pairs_;
  std::map<int64_t, OutcomeCounts> minutes_;
  int64_t minute_ = 0;
  OutcomeCounts* last_ = nullptr;
  using When = std::pair<int64_t, int64_t>;                              // the call's time and id
  std::priority_queue<When, std::vector<When>, std::greater<>> denied_;  // the oldest is on top
};

}  // namespace

// The accessed data is summed up on a thread of its own, with a connection of its own, because that
// takes as long as all other sums together.
Result<Report> History::report(const TouchedFilter& by_agent) {
  HistoryFilter period;
  period.since = by_agent.since;
  period.until = by_agent.until;
  period.limit = 0;
  const auto other = open(impl_->path);
  if (!other) return other.error();
  std::future<Result<Touched>> touched =
      std::async(std::launch::async, [&] { return (*other)->touched(by_agent); });
  ReportSums sums(*impl_, period);
  ToolSums tools(*impl_, period);
  const Status status = impl_->scan(period, Columns::Touched, [&](const FiledCall& call) {
    sums.add_call(call);
    tools.add(call);
  });
  if (!status) return status.error();
  Result<Report> report = sums.take();
  if (!report) return report.error();
  report->tools = tools.take();
  Result<Touched> data = touched.get();
  if (!data) return data.error();
  report->touched = std::move(*data);
  return report;
}

}  // namespace callgate
