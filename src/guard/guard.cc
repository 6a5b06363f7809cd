#include "callgate/guard/guard.h"

#include <algorithm>
#include <unordered_map>

#include "dead_ends.h"
#include "hash.h"
#include "session.h"
#include "text.h"
#include "texts.h"

namespace callgate {

namespace {

constexpr size_t kAgents = 256;

/// One observed call on its way through the rules.
struct Seen {
  const GuardCall& call;
  const GuardAnswer& answer;
  GuardSession& session;
  CallKeys keys;
  AnswerKind kind{};
  bool pending = false, transient = false;
  bool new_call = false, new_pair = false;
  uint64_t pair = 0;
  Observation out;
};

/// A call that writes, or may do anything, and says nothing has done what it should.
AnswerKind kind_for(const GuardCall& call, const GuardAnswer& answer) {
  if (answer.kind != AnswerKind::Empty || call.effect == Effect::Read) return answer.kind;
  const bool silent = trimmed(answer.head).empty();
  return call.effect == Effect::Unknown && !silent ? AnswerKind::Empty : AnswerKind::Ok;
}

double factor(GuardSession& session, Rule rule, uint64_t key) {
  const Raised* known = session.find(rule, key);
  return known != nullptr ? known->factor : 1;
}

/// Says whether a finding is to be written: once a level.
bool rises(Seen& seen, Rule rule, uint64_t key, Level level) {
  if (level == Level::None) {
    if (Raised* known = seen.session.find(rule, key)) known->alive = false;
    return false;
  }
  Raised& raised = seen.session.raised(rule, key);
  raised.alive = true;
  if (level <= raised.level) return false;
  raised.level = level;
  raised.hits = 1;
  return true;
}

Finding& write(Seen& seen, Rule rule, uint64_t key, std::string summary, double value,
               double limit) {
  Finding finding;
  finding.rule = rule;
  finding.level = seen.session.find(rule, key)->level;
  finding.key = key;
  finding.session = seen.call.session;
  finding.agent = seen.call.agent;
  finding.server = seen.call.server;
  finding.tool = seen.call.tool;
  finding.summary = std::move(summary);
  finding.value = value;
  finding.limit = limit;
  finding.at = seen.call.at.wall;
  seen.out.findings.push_back(std::move(finding));
  return seen.out.findings.back();
}

void judge_repeats(Seen& seen, const Thresholds& t) {
  GuardSession& s = seen.session;
  Repeats::Entry* known = s.repeats.find(seen.keys.call);
  seen.new_call = known == nullptr;
  Repetition repetition = Repetition::Strong;
  if (seen.pending)
    repetition = Repetition::Pending;
  else if (seen.transient)
    repetition = Repetition::Transient;
  else if (known != nullptr && known->epoch != s.epoch)
    repetition = Repetition::AfterWrite;
  Repeats::Entry& entry = s.repeats.count(seen.keys.call, seen.answer.hash, repetition, t);
  entry.evidence.add(seen.call.call);
  entry.cadence.tick(seen.call.at.monotonic);
  seen.new_pair = s.seen.add(seen.pair);
  const bool may_write = seen.call.effect == Effect::Write || seen.call.effect == Effect::Unknown;
  if (may_write && seen.kind == AnswerKind::Ok && seen.new_pair) ++s.epoch;
  entry.epoch = s.epoch;

  const double f = entry.count >= t.repeat_soft ? factor(s, Rule::Repeat, entry.call) : 1;
  Level level = entry.count >= t.repeat_soft * f ? Level::Soft : Level::None;
  if (entry.count >= t.repeat_hard * f && entry.strong >= t.repeat_strong) level = Level::Hard;
  if (!rises(seen, Rule::Repeat, entry.call, level)) return;
  const double limit = (level == Level::Hard ? t.repeat_hard : t.repeat_soft) * f;
  write(seen, Rule::Repeat, entry.call, repeat_summary(seen.call, entry), entry.count, limit)
      .evidence = entry.evidence.list();
}

void judge_cycles(Seen& seen, const Thresholds& t) {
  GuardSession& s = seen.session;
  if (seen.pending || seen.transient) return s.cycles.interrupt();
  const Cycles::Round round = s.cycles.add(seen.keys.call, seen.pair, seen.call.call);
  if (round.length == 0) return;
  const double f = factor(s, Rule::Cycle, round.key);
  Level level = round.repeats >= t.cycle_soft * f ? Level::Soft : Level::None;
  if (round.repeats >= t.cycle_hard * f) level = Level::Hard;
  if (!rises(seen, Rule::Cycle, round.key, level)) return;
  Finding& finding = write(seen, Rule::Cycle, round.key, cycle_summary(round), round.repeats,
                           (level == Level::Hard ? t.cycle_hard : t.cycle_soft) * f);
  finding.evidence = s.cycles.evidence(std::min(Finding::kEvidence, round.length * round.repeats));
}

void judge_guesses(Seen& seen, const Thresholds& t) {
  if (!seen.new_call || seen.pending) return;
  GuardSession& s = seen.session;
  GuardAnswer answer;
  answer.kind = seen.kind;
  answer.shape = seen.answer.shape;
  const Guesses::Family& family = s.guesses.add(seen.keys.tool, answer, seen.call.effect,
                                                seen.call.call, seen.call.at.monotonic, t);
  const double f = factor(s, Rule::Guess, seen.keys.tool);
  const Level level = level_of(family, f, t);
  if (!rises(seen, Rule::Guess, seen.keys.tool, level)) return;
  const bool slow = family.fast < t.guess_hard * f && level == Level::Hard;
  const double limit = level == Level::Soft ? t.guess_soft : slow ? t.slow_hard : t.guess_hard;
  Finding& finding =
      write(seen, Rule::Guess, seen.keys.tool, guess_summary(seen.call, family, seen.kind),
            slow ? family.slow : family.fast, limit * f);
  finding.evidence = family.evidence.list();
  finding.instead = siblings(s, seen.keys);
}

void judge_mutations(Seen& seen, const Thresholds& t) {
  GuardSession& s = seen.session;
  const Mutations::Kind* kind =
      s.mutations.add(seen.keys.kind, seen.keys.call, seen.keys.identifier, seen.kind,
                      seen.call.call, seen.call.at.monotonic);
  if (kind == nullptr) return;
  const double f = factor(s, Rule::Mutated, seen.keys.kind);
  Level level = kind->count() >= t.mutated_soft * f ? Level::Soft : Level::None;
  if (kind->count() >= t.mutated_hard * f) level = Level::Hard;
  if (seen.kind == AnswerKind::Ok) level = Level::None;  // what exists may always be asked for
  if (!rises(seen, Rule::Mutated, seen.keys.kind, level)) return;
  Finding& finding =
      write(seen, Rule::Mutated, seen.keys.kind, mutated_summary(seen.call, *kind), kind->count(),
            (level == Level::Hard ? t.mutated_hard : t.mutated_soft) * f);
  finding.evidence = kind->evidence.list();
  finding.instead = nearest_identifier(*kind, seen.keys.identifier);
}

void judge_dead_ends(Seen& seen, DeadEnds& dead_ends, const Thresholds& t) {
  GuardSession& s = seen.session;
  if (seen.kind == AnswerKind::Ok) {
    if (seen.call.effect == Effect::Read)
      dead_ends.succeeded(seen.call, seen.keys, seen.out.changes);
    else if (seen.call.effect != Effect::Wait)
      dead_ends.written(seen.call.args, seen.out.changes);
    return;
  }
  if (seen.call.effect != Effect::Read ||
      (seen.kind != AnswerKind::NotFound && seen.kind != AnswerKind::Denied))
    return;
  const uint32_t earlier = dead_ends.failed(seen.call, seen.keys, seen.kind, t, seen.out.changes);
  if (earlier == 0) return;
  const uint64_t key = DeadEnds::key_of(seen.call, seen.keys);
  const auto end = s.reprobed.begin() + std::min<size_t>(s.reprobes, s.reprobed.size());
  if (std::find(s.reprobed.begin(), end, key) == end) {
    s.reprobed[s.reprobes++ % s.reprobed.size()] = key;
    s.reprobe_calls.add(seen.call.call);
  }
  const double f = factor(s, Rule::DeadEnd, key);
  const bool hard = earlier >= t.dead_end_sessions_hard * f || s.reprobes >= t.dead_ends_hard * f;
  if (!rises(seen, Rule::DeadEnd, key,
             hard           ? Level::Hard
             : earlier >= f ? Level::Soft
                            : Level::None))
    return;
  Finding& finding = write(seen, Rule::DeadEnd, key,
                           dead_end_summary(seen.call, earlier, s.reprobes), earlier, 1 * f);
  finding.evidence = s.reprobe_calls.list();
  finding.instead = siblings(s, seen.keys);
}

void judge_progress(Seen& seen, const Thresholds& t) {
  GuardSession& s = seen.session;
  if (seen.pending || seen.transient) return;
  const uint32_t window = std::min<uint32_t>(t.progress_window, Progress::kMost);
  s.progress.add(seen.kind == AnswerKind::Ok && seen.new_pair, window);
  if (!s.progress.full(window)) return;
  const double share = s.progress.share(window), f = factor(s, Rule::Idle, 0);
  Level level = share < t.progress_soft / f ? Level::Soft : Level::None;
  if (share < t.progress_hard / f) level = Level::Hard;
  if (!rises(seen, Rule::Idle, 0, level)) return;
  write(seen, Rule::Idle, 0, idle_summary(share, window), share,
        (level == Level::Hard ? t.progress_hard : t.progress_soft) / f)
      .evidence = {seen.call.call};
}

void judge_budget(Seen& seen, Budgets::Spent spent, const Thresholds& t) {
  const auto key = static_cast<uint64_t>(spent.what);
  const double f = spent.share >= t.budget_soft ? factor(seen.session, Rule::Budget, key) : 1;
  Level level = spent.share >= t.budget_soft * f ? Level::Soft : Level::None;
  if (spent.share >= f) level = Level::Hard;
  if (!rises(seen, Rule::Budget, key, level)) return;
  write(seen, Rule::Budget, key, budget_summary(seen.session.budgets, spent), spent.share,
        (level == Level::Hard ? 1 : t.budget_soft) * f)
      .evidence = {seen.call.call};
}

}  // namespace

struct Guard::Impl {
  Thresholds t;
  std::unordered_map<uint32_t, std::unique_ptr<GuardSession>> sessions;
  std::unordered_map<std::string, AgentDay> days;
  DeadEnds dead_ends;

  GuardSession& session(uint32_t number, Nanos at);
  AgentDay& day_of(std::string_view agent);
};

GuardSession& Guard::Impl::session(uint32_t number, Nanos at) {
  auto found = sessions.find(number);
  if (found == sessions.end()) {
    if (sessions.size() >= kSessions) {
      const auto older = [](const auto& a, const auto& b) {
        return a.second->last < b.second->last;
      };
      sessions.erase(std::min_element(sessions.begin(), sessions.end(), older));
    }
    found = sessions.emplace(number, std::make_unique<GuardSession>()).first;
  }
  found->second->last = at;
  return *found->second;
}

AgentDay& Guard::Impl::day_of(std::string_view agent) {
  const std::string name(agent.substr(0, 128));
  if (days.size() >= kAgents && days.find(name) == days.end()) {
    const auto older = [](const auto& a, const auto& b) { return a.second.day < b.second.day; };
    days.erase(std::min_element(days.begin(), days.end(), older));
  }
  return days[name];
}

Guard::Guard(Thresholds thresholds) : impl_(std::make_unique<Impl>()) { impl_->t = thresholds; }
Guard::~Guard() = default;

void Guard::load(const std::vector<DeadEnd>& dead_ends) {
  for (const DeadEnd& dead_end : dead_ends) impl_->dead_ends.load(dead_end);
}

Standing Guard::before(const GuardCall& call) {
  const CallKeys keys = keys_of(call);
  Standing standing;
  if (call.effect == Effect::Read) standing.dead_end = impl_->dead_ends.known(call, keys);
  const auto found = impl_->sessions.find(call.session);
  if (found == impl_->sessions.end()) return standing;
  GuardSession& s = *found->second;
  const auto concerns = [&](const Raised& raised) {
    switch (raised.rule) {
      case Rule::Repeat:
        return raised.key == keys.call;
      case Rule::Cycle:
        return s.cycles.concerns(keys.call);
      case Rule::Guess:
        return raised.key == keys.tool && s.repeats.find(keys.call) == nullptr;
      case Rule::Mutated:
        return raised.key == keys.kind && s.repeats.find(keys.call) == nullptr;
      case Rule::DeadEnd:
        return raised.key == DeadEnds::key_of(call, keys);
      case Rule::Idle:
      case Rule::Budget:
        return true;
    }
    return false;
  };
  Raised* strongest = nullptr;
  for (const Raised& raised : s.all_raised()) {
    if (!raised.alive || (strongest != nullptr && raised.level <= strongest->level) ||
        !concerns(raised))
      continue;
    strongest = s.find(raised.rule, raised.key);
  }
  if (strongest == nullptr) return standing;
  ++strongest->hits;
  standing.level = strongest->level;
  standing.rule = strongest->rule;
  standing.key = strongest->key;
  standing.hits = strongest->hits;
  return standing;
}

Observation Guard::observe(const GuardCall& call, const GuardAnswer& answer) {
  const Thresholds& t = impl_->t;
  Seen seen{call, answer, impl_->session(call.session, call.at.monotonic), keys_of(call)};
  seen.kind = kind_for(call, answer);
  seen.pending = answer.pending || call.effect == Effect::Wait;
  seen.transient = seen.kind == AnswerKind::Rate || seen.kind == AnswerKind::Timeout;
  seen.pair = mix(seen.keys.call, answer.hash);
  judge_repeats(seen, t);
  judge_cycles(seen, t);
  judge_guesses(seen, t);
  judge_mutations(seen, t);
  judge_dead_ends(seen, impl_->dead_ends, t);
  judge_progress(seen, t);
  seen.session.budgets.add(call.at.monotonic, answer.bytes, t);
  judge_budget(seen, seen.session.budgets.most(t), t);
  judge_budget(seen, {Budgets::What::Day, impl_->day_of(call.agent).add(call.at.wall, t)}, t);
  if (seen.kind == AnswerKind::Ok && lists_things(call.tool))
    seen.session.listing.keep(answer.head);
  return std::move(seen.out);
}

void Guard::clear(uint32_t session, Rule rule, uint64_t key) {
  const auto found = impl_->sessions.find(session);
  if (found != impl_->sessions.end()) found->second->forget(rule, key);
}

void Guard::approve(uint32_t session, Rule rule, uint64_t key) {
  const auto found = impl_->sessions.find(session);
  if (found == impl_->sessions.end()) return;
  found->second->forget(rule, key);
  Raised& raised = found->second->raised(rule, key);
  raised.factor = std::min(raised.factor * 2, 1024.0F);
}

void Guard::user_acted(uint32_t session) {
  const auto found = impl_->sessions.find(session);
  if (found != impl_->sessions.end()) found->second->budgets.reset();
}

void Guard::session_gone(uint32_t session) { impl_->sessions.erase(session); }

std::vector<DeadEndChange> Guard::server_changed(std::string_view server) {
  return impl_->dead_ends.server_changed(server);
}

size_t Guard::sessions() const { return impl_->sessions.size(); }
size_t Guard::dead_ends() const { return impl_->dead_ends.size(); }
size_t Guard::session_bytes() { return sizeof(GuardSession); }

}  // namespace callgate
