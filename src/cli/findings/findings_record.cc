#include "findings_record.h"

#include <algorithm>
#include <queue>
#include <utility>

#include "callgate/config/config.h"
#include "callgate/guard/effect.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr size_t kFindingsPage = 1000;

Micros end_of(const CallRow& row) {
  return std::max(row.ended, row.at + std::chrono::duration_cast<Micros>(row.duration));
}

struct LaterEnd {
  bool operator()(const CallRow& a, const CallRow& b) const { return end_of(a) > end_of(b); }
};

/// Returns true if the call completed, which means that its server answered or timed out. Used only
/// for rows that were written by versions of callgate without the guard.
bool completed(const CallRow& row) {
  switch (row.outcome) {
    case Outcome::Ok:
    case Outcome::ToolError:
    case Outcome::Timeout:
      return true;
    case Outcome::RpcError:
      return row.result_bytes > 0;
    case Outcome::Denied:
    case Outcome::Cancelled:
    case Outcome::Lost:
    case Outcome::Pending:
    case Outcome::Repeated:
      return false;
  }
  return false;
}

/// Returns true if the guard refused the call because its subject was a dead end in an earlier
/// session.
bool stopped_at_dead_end(const CallRow& row) {
  return row.outcome == Outcome::Denied && is_stopped_by(row.rule, GuardRule::DeadEnd);
}

GuardAnswer answer_in(const CallRow& row, Walker& walker) {
  if (row.outcome == Outcome::Timeout) return read_text(row.error, true);
  const Result<MessagePtr> result = walker.walk(row.result);
  if (!result || !(*result)->root().is_object())
    return read_text(row.result.empty() ? row.error : row.result, row.outcome != Outcome::Ok);
  const Value root = (*result)->root();
  return row.outcome == Outcome::RpcError ? read_error(root) : read_answer(root);
}

GuardAnswer answer_of(const CallRow& row, Walker& walker) {
  GuardAnswer answer = answer_in(row, walker);
  if (row.facts) static_cast<AnswerFacts&>(answer) = *row.facts;
  return answer;
}

}  // namespace

RecordReplay::RecordReplay(const GuardSettings& settings, std::vector<FindingRow> ended)
    : settings_(settings), guard_(settings.thresholds()), ended_(std::move(ended)) {
  std::erase_if(ended_, [](const FindingRow& row) { return !row.ended; });
  std::sort(ended_.begin(), ended_.end(),
            [](const FindingRow& a, const FindingRow& b) { return *a.ended > *b.ended; });
}

Status RecordReplay::run(History& history, HistoryFilter filter, const Sink& sink) {
  filter.limit = kFindingsPage;
  filter.oldest_first = true;
  filter.bodies = true;
  // The record returns calls in the order in which they started, but the guard needs the order in
  // which they ended. So each call waits in `open` until a row starts after the call's end. All
  // later rows start later still, so their calls also end later.
  std::priority_queue<CallRow, std::vector<CallRow>, LaterEnd> open;
  for (;;) {
    Result<History::Page> page = history.list(filter);
    if (!page) return page.error();
    for (CallRow& row : page->calls) {
      while (!open.empty() && end_of(open.top()) <= row.at) {
        observe(open.top(), sink);
        open.pop();
      }
      if ((row.observed ? *row.observed : completed(row)) || stopped_at_dead_end(row))
        open.push(std::move(row));
    }
    if (page->next.empty()) break;
    filter.after = page->next;
  }
  for (; !open.empty(); open.pop()) observe(open.top(), sink);
  return {};
}

void RecordReplay::end_until(Micros at) {
  for (; !ended_.empty() && *ended_.back().ended <= at; ended_.pop_back()) {
    const FindingRow& row = ended_.back();
    if (row.finding.rule == GuardRule::DeadEnd) guard_.forget_dead_end(row.finding.key, *row.ended);
    const auto session = sessions_.find(row.session);
    if (session == sessions_.end()) continue;
    const bool approved = row.how == name(FindingEnd::Approved);
    const auto end = approved ? &Guard::approve : &Guard::clear;
    (guard_.*end)(session->second.number, row.finding.rule, row.finding.key);
  }
}

void RecordReplay::observe(const CallRow& row, const Sink& sink) {
  const Micros at = end_of(row);
  end_until(at);
  const auto [found, fresh] = sessions_.try_emplace(row.session);
  Session& session = found->second;
  if (fresh) session.number = static_cast<uint32_t>(sessions_.size());
  // As in the gate, a resource is a call of `resources/read` whose argument is the URI.
  const bool resource = row.method == name(CallKind::Resource);
  const std::string given = resource ? "{\"uri\":" + quote(row.tool) + "}" : row.args;
  const std::string tool = resource ? row.method : row.tool;
  const Result<MessagePtr> args = walker_.walk(given.empty() ? "{}" : given);
  // Skip a call whose arguments are not in the record. To the guard, the call would look the same
  // as every other call of the tool without recorded arguments.
  if (!row.args_kept || !args) {
    ++left_out_;
    return;
  }
  masked_ += row.masked > 0;
  const Value values = (*args)->root();
  const bool calls_tool = row.method == name(CallKind::Tool);
  const GuardCall call{.session = session.number,
                       .agent = row.client_name,
                       .server = row.server,
                       .tool = tool,
                       .args = values,
                       .effect = calls_tool ? effect_of(tool, values, row.read_only) : Effect::Read,
                       .call = static_cast<uint32_t>(ids_.size()),
                       .at = {.monotonic = at, .wall = at},
                       .exempt = settings_.exempt(row.server, tool)};
  ids_.push_back(row.id);
  const Observation observation = stopped_at_dead_end(row)
                                      ? guard_.stopped(call)
                                      : guard_.observe(call, answer_of(row, walker_));
  sink({.row = row, .observation = observation, .in_session = session.calls++});
}

GuardSettings guard_settings(const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return GuardSettings();
  const LoadedConfig loaded = load_config(places->config_file, places->home);
  std::vector<std::string> servers;
  for (const ServerConfig& server : loaded.config.servers) servers.push_back(server.name);
  return GuardSettings(loaded.config.guard, servers);
}

}  // namespace callgate
