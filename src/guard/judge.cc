#include "judge.h"

#include <algorithm>

#include "callgate/base/hash.h"
#include "callgate/base/text.h"
#include "callgate/guard/effect.h"
#include "texts.h"

namespace callgate {

namespace {

constexpr double kRounding = 1e-3;  // makes up for rounding errors in sums of tenths and thirds

/// An empty answer means success for a call that writes and, if it has no text at all, for a call
/// that may do anything.
AnswerKind kind_for(const GuardCall& call, const GuardAnswer& answer) {
  if (answer.kind != AnswerKind::Empty || call.effect == Effect::Read) return answer.kind;
  const bool silent = trimmed(answer.head).empty();
  return call.effect == Effect::Unknown && !silent ? AnswerKind::Empty : AnswerKind::Ok;
}

bool exempt(const Seen& seen, GuardRule rule) {
  return (seen.call.exempt & exempt_from(rule)) != 0;
}

double factor(GuardSession& session, GuardRule rule, uint64_t key) {
  const Raised* known = session.find(rule, key);
  return known != nullptr ? known->factor : 1;
}

/// Returns true if the finding is new or its level rises, so that the guard must report the
/// finding. Also stores whether the finding is active.
bool rises(Seen& seen, GuardRule rule, uint64_t key, Level level) {
  if (exempt(seen, rule)) return false;
  if (level == Level::None) {
    if (Raised* known = seen.session.find(rule, key)) known->alive = false;
    return false;
  }
  Raised& raised = seen.session.raised(rule, key);
  raised.alive = true;
  if (level <= raised.level) return false;
  raised.level = level;
  raised.calls = 1;
  return true;
}

Finding& write(Seen& seen, GuardRule rule, uint64_t key, std::string summary, double value,
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

/// True for a success of a tool that reads, or that looks at a state (git_status, a linter, a
/// browser's snapshot). Honest clients repeat such calls, because between two of these calls they
/// change files with their own tools, and no gate sees that.
bool is_harmless(const Seen& seen) {
  return seen.kind == AnswerKind::Ok &&
         (seen.call.effect == Effect::Read || looks_at_state(seen.call.tool));
}

Repetition repetition_of(const Seen& seen, const Repeats::Entry* known) {
  if (seen.pending) return Repetition::Pending;
  if (seen.transient) return Repetition::Transient;
  if (known == nullptr || known->news == seen.session.news) return Repetition::Strong;
  const bool wrote = known->epoch != seen.session.epoch;
  const bool write = seen.call.effect == Effect::Write, read = seen.call.effect == Effect::Read;
  if (seen.kind == AnswerKind::Ok && (write || (read && wrote))) return Repetition::Normal;
  return wrote ? Repetition::AfterWrite : Repetition::AmidProgress;
}

void judge_repeats(Seen& seen, const Thresholds& t) {
  GuardSession& s = seen.session;
  Repeats::Entry* known = s.repeats.find(seen.keys.call);
  seen.new_call = known == nullptr;
  Repeats::Entry& entry =
      s.repeats.count(seen.keys.call, seen.answered, repetition_of(seen, known), t);
  entry.evidence.add(seen.call.call);
  entry.cadence.tick(seen.call.at.monotonic);
  seen.new_pair = s.seen.add(seen.pair);
  const bool may_write = seen.call.effect == Effect::Write || seen.call.effect == Effect::Unknown;
  if (may_write && seen.kind == AnswerKind::Ok && seen.new_pair) ++s.epoch;
  if (seen.kind == AnswerKind::Ok && seen.new_pair) ++s.news;
  entry.epoch = s.epoch;
  entry.news = s.news;

  const double count = entry.count + kRounding;
  const double f = count >= t.repeat_soft ? factor(s, GuardRule::Repeat, entry.call) : 1;
  Level level = count >= t.repeat_soft * f ? Level::Soft : Level::None;
  if (count >= t.repeat_hard * f && entry.strong >= t.repeat_strong && !is_harmless(seen))
    level = Level::Hard;
  if (!rises(seen, GuardRule::Repeat, entry.call, level)) return;
  const double limit = (level == Level::Hard ? t.repeat_hard : t.repeat_soft) * f;
  write(seen, GuardRule::Repeat, entry.call, repeat_summary(seen.call, entry), entry.count, limit)
      .evidence = entry.evidence.list();
}

void judge_cycles(Seen& seen, const Thresholds& t) {
  if (exempt(seen, GuardRule::Cycle)) return;
  GuardSession& s = seen.session;
  if (seen.pending || seen.transient) return s.cycles.interrupt();
  const Cycles::Round round = s.cycles.add(seen.keys.call, seen.pair, seen.call.call,
                                           is_harmless(seen) && looks_at_state(seen.call.tool));
  if (round.length == 0) return;
  const double f = factor(s, GuardRule::Cycle, round.key);
  Level level = round.repeats >= t.cycle_soft * f ? Level::Soft : Level::None;
  if (round.repeats >= t.cycle_hard * f && !round.harmless) level = Level::Hard;
  if (!rises(seen, GuardRule::Cycle, round.key, level)) return;
  Finding& finding = write(seen, GuardRule::Cycle, round.key, cycle_summary(round), round.repeats,
                           (level == Level::Hard ? t.cycle_hard : t.cycle_soft) * f);
  finding.evidence = s.cycles.evidence(std::min(Finding::kEvidence, round.length * round.repeats));
}

void judge_guesses(Seen& seen, const Thresholds& t) {
  if (!seen.new_call || seen.pending || exempt(seen, GuardRule::Guess)) return;
  GuardSession& s = seen.session;
  GuardAnswer answer;
  answer.kind = seen.kind;
  answer.shape = seen.answer.shape;
  const Guesses::Family& family =
      s.guesses.add(seen.keys.tool, seen.keys.identifier, answer, seen.call.effect, seen.call.call,
                    seen.call.at.monotonic, t);
  const double f = factor(s, GuardRule::Guess, seen.keys.tool);
  const Level level = level_of(family, f, t);
  if (!rises(seen, GuardRule::Guess, seen.keys.tool, level)) return;
  const bool slow = family.fast < t.guess_hard * f && level == Level::Hard;
  const double limit = level == Level::Soft ? t.guess_soft : slow ? t.slow_hard : t.guess_hard;
  Finding& finding =
      write(seen, GuardRule::Guess, seen.keys.tool, guess_summary(seen.call, family, seen.kind),
            slow ? family.slow : family.fast, limit * f);
  finding.evidence = family.evidence.list();
  finding.instead = siblings(seen.call, s, seen.keys);
}

void judge_mutations(Seen& seen, const Thresholds& t) {
  if (exempt(seen, GuardRule::Mutated)) return;
  GuardSession& s = seen.session;
  // An error of a call that does not read may have other causes than an identifier that doesn't
  // exist, such as an amount that doesn't add up.
  if (seen.kind == AnswerKind::Error && seen.call.effect != Effect::Read) return;
  const Mutations::Kind* kind =
      s.mutations.add(seen.keys.kind, seen.keys.call, seen.keys.identifier, seen.kind,
                      seen.call.call, seen.call.at.monotonic);
  if (kind == nullptr) return;
  const double f = factor(s, GuardRule::Mutated, seen.keys.kind);
  Level level = kind->count() >= t.mutated_soft * f ? Level::Soft : Level::None;
  if (kind->count() >= t.mutated_hard * f) level = Level::Hard;
  // A call that succeeded has used an identifier that exists, so it makes no finding.
  if (seen.kind == AnswerKind::Ok) level = Level::None;
  if (!rises(seen, GuardRule::Mutated, seen.keys.kind, level)) return;
  Finding& finding =
      write(seen, GuardRule::Mutated, seen.keys.kind, mutated_summary(seen.call, *kind),
            kind->count(), (level == Level::Hard ? t.mutated_hard : t.mutated_soft) * f);
  finding.evidence = kind->evidence.list();
  finding.instead = nearest_identifier(*kind, seen.keys.identifier);
}

/// True if a call that reads finds nothing or is denied. A tool's effect may be unknown only
/// because the verb in the tool's name is not English. A call of such a tool counts if its only
/// argument is a name that was not found.
bool leads_nowhere(const Seen& seen) {
  if (seen.call.effect == Effect::Unknown)
    return seen.keys.names_one_thing && seen.kind == AnswerKind::NotFound;
  return seen.call.effect == Effect::Read &&
         (seen.kind == AnswerKind::NotFound || seen.kind == AnswerKind::Denied);
}

void judge_dead_ends(Seen& seen, DeadEnds& dead_ends, const Thresholds& t) {
  GuardSession& s = seen.session;
  if (seen.kind == AnswerKind::Ok) {
    dead_ends.succeeded(seen.call, seen.keys, seen.out.changes);
    if (seen.call.effect != Effect::Read && seen.call.effect != Effect::Wait)
      dead_ends.written(seen.call.args, seen.out.changes);
    return;
  }
  if (!leads_nowhere(seen) || exempt(seen, GuardRule::DeadEnd)) return;
  const uint32_t earlier = dead_ends.failed(seen.call, seen.keys, seen.kind, t, seen.out.changes);
  const uint64_t key = DeadEnds::key_of(seen.call, seen.keys);
  const double f = factor(s, GuardRule::DeadEnd, key);
  const uint32_t needed = sessions_needed(seen.keys, t);
  if (earlier < needed * f) return;
  ++s.reprobe_tries;
  const auto end = s.reprobed.begin() + std::min<size_t>(s.reprobes, s.reprobed.size());
  if (std::find(s.reprobed.begin(), end, key) == end) {
    s.reprobed[s.reprobes++ % s.reprobed.size()] = key;
    s.reprobe_calls.add(seen.call.call);
  }
  const bool often =
      earlier >= t.dead_end_sessions_hard * f && s.reprobe_tries >= t.dead_end_tries_hard * f;
  const bool hard = often || s.reprobes >= t.dead_ends_hard * f;
  if (!rises(seen, GuardRule::DeadEnd, key, hard ? Level::Hard : Level::Soft)) return;
  // The value that passed its threshold: how many earlier sessions found this dead end, or how many
  // dead ends this session has tried.
  const double value = hard && !often ? s.reprobes : earlier;
  const uint32_t limit = !hard ? needed : often ? t.dead_end_sessions_hard : t.dead_ends_hard;
  Finding& finding = write(seen, GuardRule::DeadEnd, key,
                           dead_end_summary(seen.call, earlier, s.reprobes), value, limit * f);
  finding.evidence = s.reprobe_calls.list();
  finding.instead = siblings(seen.call, s, seen.keys);
}

void judge_progress(Seen& seen, const Thresholds& t) {
  if (seen.pending || seen.transient || exempt(seen, GuardRule::Idle)) return;
  if (is_harmless(seen) && looks_at_state(seen.call.tool) && !seen.new_pair) return;
  GuardSession& s = seen.session;
  const uint32_t window = std::min<uint32_t>(t.progress_window, Progress::kMost);
  s.progress.add(seen.kind == AnswerKind::Ok && seen.new_pair, window);
  if (!s.progress.full(window)) return;
  const double share = s.progress.share(window), f = factor(s, GuardRule::Idle, 0);
  Level level = share < t.progress_soft / f ? Level::Soft : Level::None;
  if (share < t.progress_hard / f) level = Level::Hard;
  if (!rises(seen, GuardRule::Idle, 0, level)) return;
  write(seen, GuardRule::Idle, 0, idle_summary(share, window), share,
        (level == Level::Hard ? t.progress_hard : t.progress_soft) / f)
      .evidence = {seen.call.call};
}

void judge_budget(Seen& seen, Budgets::Spent spent, const Thresholds& t) {
  const auto key = static_cast<uint64_t>(spent.what);
  const double f = spent.share >= t.budget_soft ? factor(seen.session, GuardRule::Budget, key) : 1;
  Level level = spent.share >= t.budget_soft * f ? Level::Soft : Level::None;
  if (spent.share >= f) level = Level::Hard;
  if (!rises(seen, GuardRule::Budget, key, level)) return;
  write(seen, GuardRule::Budget, key, budget_summary(seen.session.budgets, spent), spent.share,
        (level == Level::Hard ? 1 : t.budget_soft) * f)
      .evidence = {seen.call.call};
}

}  // namespace

uint32_t sessions_needed(const CallKeys& keys, const Thresholds& t) {
  const bool named = !keys.resource.empty() || keys.is_command;
  return named ? t.dead_end_sessions : t.dead_end_sessions_unnamed;
}

void judge_stopped(Seen& seen, const DeadEnd& dead_end, const Thresholds& t) {
  const uint64_t key = DeadEnds::key_of(seen.call, seen.keys);
  if (!rises(seen, GuardRule::DeadEnd, key, Level::Soft)) return;
  write(seen, GuardRule::DeadEnd, key, dead_end_summary(dead_end), dead_end.sessions,
        sessions_needed(seen.keys, t))
      .evidence = {seen.call.call};
}

void judge(Seen& seen, DeadEnds& dead_ends, AgentDay& day, const Thresholds& t) {
  seen.kind = kind_for(seen.call, seen.answer);
  seen.pending = seen.answer.pending || seen.call.effect == Effect::Wait;
  seen.transient = seen.kind == AnswerKind::Rate || seen.kind == AnswerKind::Timeout;
  seen.answered = tells_time(seen.call.tool) ? seen.answer.exact : seen.answer.hash;
  seen.pair = mix(seen.keys.call, seen.answered);
  judge_repeats(seen, t);
  judge_cycles(seen, t);
  judge_guesses(seen, t);
  judge_mutations(seen, t);
  judge_dead_ends(seen, dead_ends, t);
  judge_progress(seen, t);
  if (!exempt(seen, GuardRule::Budget)) {
    seen.session.budgets.add(seen.call.at.monotonic, seen.answer.bytes, t);
    judge_budget(seen, seen.session.budgets.most(t), t);
    judge_budget(seen, {Budgets::What::Day, day.add(seen.call.at.wall, t)}, t);
  }
  if (seen.kind == AnswerKind::Ok && lists_things(seen.call.tool))
    seen.session.listing.keep(seen.call.server, seen.answer.head);
}

}  // namespace callgate
