#include "findings_record.h"

#include <queue>

namespace callgate {

namespace {

constexpr size_t kPage = 1000;

Micros end_of(const CallRow& row) {
  return row.at + std::chrono::duration_cast<Micros>(row.duration);
}

struct LaterEnd {
  bool operator()(const CallRow& a, const CallRow& b) const { return end_of(a) > end_of(b); }
};

bool completed(Outcome outcome) {
  return outcome != Outcome::Pending && outcome != Outcome::Lost && outcome != Outcome::Cancelled;
}

GuardAnswer answer_of(const CallRow& row, Walker& walker) {
  if (row.outcome == Outcome::Denied || row.outcome == Outcome::Timeout)
    return read_text(row.error, true);
  const Result<MessagePtr> result = walker.walk(row.result);
  if (!result || !(*result)->root().is_object())
    return read_text(row.result.empty() ? row.error : row.result, row.outcome != Outcome::Ok);
  const Value root = (*result)->root();
  return row.outcome == Outcome::RpcError ? read_error(root) : read_answer(root);
}

}  // namespace

Status RecordReplay::run(History& history, std::optional<Micros> since, const Sink& sink) {
  HistoryFilter filter;
  filter.since = since;
  filter.limit = kPage;
  filter.oldest_first = true;
  filter.bodies = true;
  // Rows come by their starts; one that has ended before the next starts is before all that follow.
  std::priority_queue<CallRow, std::vector<CallRow>, LaterEnd> open;
  for (;;) {
    Result<History::Page> page = history.list(filter);
    if (!page) return page.error();
    for (CallRow& row : page->calls) {
      while (!open.empty() && end_of(open.top()) <= row.at) {
        observe(open.top(), sink);
        open.pop();
      }
      if (completed(row.outcome)) open.push(std::move(row));
    }
    if (page->next.empty()) break;
    filter.after = page->next;
  }
  for (; !open.empty(); open.pop()) observe(open.top(), sink);
  return {};
}

void RecordReplay::observe(const CallRow& row, const Sink& sink) {
  const auto [found, fresh] = sessions_.try_emplace(row.session);
  Session& session = found->second;
  if (fresh) session.number = static_cast<uint32_t>(sessions_.size());
  const Result<MessagePtr> args = walker_.walk(row.args.empty() ? "{}" : row.args);
  const Value values = args ? (*args)->root() : Value();
  const Micros at = end_of(row);
  const GuardCall call{.session = session.number,
                       .agent = row.client_name,
                       .server = row.server,
                       .tool = row.tool,
                       .args = values,
                       .effect = effect_of(row.tool, values, std::nullopt),
                       .call = static_cast<uint32_t>(ids_.size()),
                       .at = {.monotonic = at, .wall = at}};
  ids_.push_back(row.id);
  const GuardAnswer answer = answer_of(row, walker_);
  sink({.row = row, .seen = guard_.observe(call, answer), .in_session = session.calls++});
}

}  // namespace callgate
