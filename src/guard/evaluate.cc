#include "evaluate.h"

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

bool exempt(const CallObservation& observed, GuardRule rule) {
  return (observed.call.exempt & exempt_from(rule)) != 0;
}

double factor(GuardSession& session, GuardRule rule, uint64_t key) {
  const FindingState* known = session.find(rule, key);
  return known != nullptr ? known->factor : 1;
}

/// Returns true if the finding is new or its level rises, so that the guard must report the
/// finding. Also stores whether the finding is active.
bool must_report(CallObservation& observed, GuardRule rule, uint64_t key, Level level) {
  if (exempt(observed, rule)) return false;
  if (level == Level::None) {
    if (FindingState* known = observed.session.find(rule, key)) known->alive = false;
    return false;
  }
  FindingState& state = observed.session.state(rule, key);
  state.alive = true;
  if (level <= state.level) return false;
  state.level = level;
  state.calls = 1;
  return true;
}

Finding& write(CallObservation& observed, GuardRule rule, uint64_t key, std::string summary,
               double value, double limit) {
  Finding finding;
  finding.rule = rule;
  finding.level = observed.session.find(rule, key)->level;
  finding.key = key;
  finding.session = observed.call.session;
  finding.agent = observed.call.agent;
  finding.server = observed.call.server;
  finding.tool = observed.call.tool;
  finding.summary = std::move(summary);
  finding.value = value;
  finding.limit = limit;
  finding.at = observed.call.at.wall;
  observed.out.findings.push_back(std::move(finding));
  return observed.out.findings.back();
}

/// True for a success of a tool that reads, or that looks at a state (git_status, a linter, a
/// browser's snapshot). Honest clients repeat such calls, because between two of these calls they
/// change files with their own tools, and no gate sees that.
bool is_harmless(const CallObservation& observed) {
  return observed.kind == AnswerKind::Ok &&
         (observed.call.effect == Effect::Read || reads_state(observed.call.tool));
}

Repetition repetition_of(const CallObservation& observed, const Repeats::Entry* known) {
  if (observed.pending) return Repetition::Pending;
  if (observed.transient) return Repetition::Transient;
  if (known == nullptr || known->news == observed.session.news) return Repetition::Strong;
  const bool wrote = known->epoch != observed.session.epoch;
  const bool write = observed.call.effect == Effect::Write,
             read = observed.call.effect == Effect::Read;
  if (observed.kind == AnswerKind::Ok && (write || (read && wrote))) return Repetition::Normal;
  return wrote ? Repetition::AfterWrite : Repetition::AmidProgress;
}

void evaluate_repeats(CallObservation& observed, const Thresholds& t) {
  GuardSession& s = observed.session;
  Repeats::Entry* known = s.repeats.find(observed.keys.call);
  observed.new_call = known == nullptr;
  Repeats::Entry& entry =
      s.repeats.count(observed.keys.call, observed.answered, repetition_of(observed, known), t);
  entry.evidence.add(observed.call.call);
  entry.cadence.tick(observed.call.at.monotonic);
  observed.new_pair = s.known_pairs.add(observed.pair);
  const bool may_write =
      observed.call.effect == Effect::Write || observed.call.effect == Effect::Unknown;
  if (may_write && observed.kind == AnswerKind::Ok && observed.new_pair) ++s.epoch;
  if (observed.kind == AnswerKind::Ok && observed.new_pair) ++s.news;
  entry.epoch = s.epoch;
  entry.news = s.news;

  const double count = entry.count + kRounding;
  const double f = count >= t.repeat_soft ? factor(s, GuardRule::Repeat, entry.call) : 1;
  Level level = count >= t.repeat_soft * f ? Level::Soft : Level::None;
  if (count >= t.repeat_hard * f && entry.strong >= t.repeat_strong && !is_harmless(observed))
    level = Level::Hard;
  if (!must_report(observed, GuardRule::Repeat, entry.call, level)) return;
  const double limit = (level == Level::Hard ? t.repeat_hard : t.repeat_soft) * f;
  write(observed, GuardRule::Repeat, entry.call, repeat_summary(observed.call, entry), entry.count,
        limit)
      .evidence = entry.evidence.list();
}

void evaluate_cycles(CallObservation& observed, const Thresholds& t) {
  if (exempt(observed, GuardRule::Cycle)) return;
  GuardSession& s = observed.session;
  if (observed.pending || observed.transient) return s.cycles.interrupt();
  const Cycles::Round round =
      s.cycles.add(observed.keys.call, observed.pair, observed.call.call,
                   is_harmless(observed) && reads_state(observed.call.tool));
  if (round.length == 0) return;
  const double f = factor(s, GuardRule::Cycle, round.key);
  Level level = round.repeats >= t.cycle_soft * f ? Level::Soft : Level::None;
  if (round.repeats >= t.cycle_hard * f && !round.harmless) level = Level::Hard;
  if (!must_report(observed, GuardRule::Cycle, round.key, level)) return;
  Finding& finding = write(observed, GuardRule::Cycle, round.key, cycle_summary(round),
                           round.repeats, (level == Level::Hard ? t.cycle_hard : t.cycle_soft) * f);
  finding.evidence = s.cycles.evidence(std::min(Finding::kEvidence, round.length * round.repeats));
}

void evaluate_guesses(CallObservation& observed, const Thresholds& t) {
  if (!observed.new_call || observed.pending || exempt(observed, GuardRule::Guess)) return;
  GuardSession& s = observed.session;
  GuardAnswer answer;
  answer.kind = observed.kind;
  answer.shape = observed.answer.shape;
  const Guesses::Family& family =
      s.guesses.add(observed.keys.tool, observed.keys.identifier, answer, observed.call.effect,
                    observed.call.call, observed.call.at.monotonic, t);
  const double f = factor(s, GuardRule::Guess, observed.keys.tool);
  const Level level = level_of(family, f, t);
  if (!must_report(observed, GuardRule::Guess, observed.keys.tool, level)) return;
  const bool slow = family.fast < t.guess_hard * f && level == Level::Hard;
  const double limit = level == Level::Soft ? t.guess_soft : slow ? t.slow_hard : t.guess_hard;
  Finding& finding = write(observed, GuardRule::Guess, observed.keys.tool,
                           guess_summary(observed.call, family, observed.kind),
                           slow ? family.slow : family.fast, limit * f);
  finding.evidence = family.evidence.list();
  finding.instead = siblings(observed.call, s, observed.keys);
}

void evaluate_mutations(CallObservation& observed, const Thresholds& t) {
  if (exempt(observed, GuardRule::Mutated)) return;
  GuardSession& s = observed.session;
  // An error of a call that does not read may have other causes than an identifier that doesn't
  // exist, such as an amount that doesn't add up.
  if (observed.kind == AnswerKind::Error && observed.call.effect != Effect::Read) return;
  const Mutations::Kind* kind =
      s.mutations.add(observed.keys.kind, observed.keys.call, observed.keys.identifier,
                      observed.kind, observed.call.call, observed.call.at.monotonic);
  if (kind == nullptr) return;
  const double f = factor(s, GuardRule::Mutated, observed.keys.kind);
  Level level = kind->count() >= t.mutated_soft * f ? Level::Soft : Level::None;
  if (kind->count() >= t.mutated_hard * f) level = Level::Hard;
  // A call that succeeded has used an identifier that exists, so it makes no finding.
  if (observed.kind == AnswerKind::Ok) level = Level::None;
  if (!must_report(observed, GuardRule::Mutated, observed.keys.kind, level)) return;
  Finding& finding =
      write(observed, GuardRule::Mutated, observed.keys.kind, mutated_summary(observed.call, *kind),
            kind->count(), (level == Level::Hard ? t.mutated_hard : t.mutated_soft) * f);
  finding.evidence = kind->evidence.list();
  finding.instead = nearest_identifier(*kind, observed.keys.identifier);
}

/// True if a call that reads finds nothing or is denied. A tool's effect may be unknown only
/// because the verb in the tool's name is not English. A call of such a tool counts if its only
/// argument is a name that was not found.
bool leads_nowhere(const CallObservation& observed) {
  if (observed.call.effect == Effect::Unknown)
    return observed.keys.names_one_thing && observed.kind == AnswerKind::NotFound;
  return observed.call.effect == Effect::Read &&
         (observed.kind == AnswerKind::NotFound || observed.kind == AnswerKind::Denied);
}

void evaluate_dead_ends(CallObservation& observed, DeadEnds& dead_ends, const Thresholds& t) {
  GuardSession& s = observed.session;
  if (observed.kind == AnswerKind::Ok) {
    dead_ends.succeeded(observed.call, observed.keys, observed.out.changes);
    if (observed.call.effect != Effect::Read && observed.call.effect != Effect::Wait)
      dead_ends.written(observed.call.args, observed.out.changes);
    return;
  }
  if (!leads_nowhere(observed) || exempt(observed, GuardRule::DeadEnd)) return;
  const uint32_t earlier =
      dead_ends.failed(observed.call, observed.keys, observed.kind, t, observed.out.changes);
  const uint64_t key = DeadEnds::key_of(observed.call, observed.keys);
  const double f = factor(s, GuardRule::DeadEnd, key);
  const uint32_t needed = sessions_needed(observed.keys, t);
  if (earlier < needed * f) return;
  ++s.reprobe_tries;
  const auto end = s.reprobed.begin() + std::min<size_t>(s.reprobes, s.reprobed.size());
  if (std::find(s.reprobed.begin(), end, key) == end) {
    s.reprobed[s.reprobes++ % s.reprobed.size()] = key;
    s.reprobe_calls.add(observed.call.call);
  }
  const bool often =
      earlier >= t.dead_end_sessions_hard * f && s.reprobe_tries >= t.dead_end_tries_hard * f;
  const bool hard = often || s.reprobes >= t.dead_ends_hard * f;
  if (!must_report(observed, GuardRule::DeadEnd, key, hard ? Level::Hard : Level::Soft)) return;
  // The value that passed its threshold: how many earlier sessions found this dead end, or how many
  // dead ends this session has tried.
  const double value = hard && !often ? s.reprobes : earlier;
  const uint32_t limit = !hard ? needed : often ? t.dead_end_sessions_hard : t.dead_ends_hard;
  Finding& finding = write(observed, GuardRule::DeadEnd, key,
                           dead_end_summary(observed.call, earlier, s.reprobes), value, limit * f);
  finding.evidence = s.reprobe_calls.list();
  finding.instead = siblings(observed.call, s, observed.keys);
}

void evaluate_progress(CallObservation& observed, const Thresholds& t) {
  if (observed.pending || observed.transient || exempt(observed, GuardRule::Idle)) return;
  if (is_harmless(observed) && reads_state(observed.call.tool) && !observed.new_pair) return;
  GuardSession& s = observed.session;
  const uint32_t window = std::min<uint32_t>(t.progress_window, Progress::kMost);
  s.progress.add(observed.kind == AnswerKind::Ok && observed.new_pair, window);
  if (!s.progress.full(window)) return;
  const double share = s.progress.share(window), f = factor(s, GuardRule::Idle, 0);
  Level level = share < t.progress_soft / f ? Level::Soft : Level::None;
  if (share < t.progress_hard / f) level = Level::Hard;
  if (!must_report(observed, GuardRule::Idle, 0, level)) return;
  write(observed, GuardRule::Idle, 0, idle_summary(share, window), share,
        (level == Level::Hard ? t.progress_hard : t.progress_soft) / f)
      .evidence = {observed.call.call};
}

void evaluate_budget(CallObservation& observed, Budgets::Spent spent, const Thresholds& t) {
  const auto key = static_cast<uint64_t>(spent.what);
  const double f =
      spent.share >= t.budget_soft ? factor(observed.session, GuardRule::Budget, key) : 1;
  Level level = spent.share >= t.budget_soft * f ? Level::Soft : Level::None;
  if (spent.share >= f) level = Level::Hard;
  if (!must_report(observed, GuardRule::Budget, key, level)) return;
  write(observed, GuardRule::Budget, key, budget_summary(observed.session.budgets, spent),
        spent.share, (level == Level::Hard ? 1 : t.budget_soft) * f)
      .evidence = {observed.call.call};
}

}  // namespace

uint32_t sessions_needed(const CallKeys& keys, const Thresholds& t) {
  const bool named = !keys.subject.empty() || keys.is_command;
  return named ? t.dead_end_sessions : t.dead_end_sessions_unnamed;
}

void evaluate_stopped(CallObservation& observed, const DeadEnd& dead_end, const Thresholds& t) {
  const uint64_t key = DeadEnds::key_of(observed.call, observed.keys);
  if (!must_report(observed, GuardRule::DeadEnd, key, Level::Soft)) return;
  write(observed, GuardRule::DeadEnd, key, dead_end_summary(dead_end), dead_end.sessions,
        sessions_needed(observed.keys, t))
      .evidence = {observed.call.call};
}

void evaluate(CallObservation& observed, DeadEnds& dead_ends, AgentDay& day, const Thresholds& t) {
  observed.kind = kind_for(observed.call, observed.answer);
  observed.pending = observed.answer.pending || observed.call.effect == Effect::Wait;
  observed.transient = observed.kind == AnswerKind::Rate || observed.kind == AnswerKind::Timeout;
  observed.answered =
      returns_time(observed.call.tool) ? observed.answer.exact : observed.answer.hash;
  observed.pair = mix(observed.keys.call, observed.answered);
  evaluate_repeats(observed, t);
  evaluate_cycles(observed, t);
  evaluate_guesses(observed, t);
  evaluate_mutations(observed, t);
  evaluate_dead_ends(observed, dead_ends, t);
  evaluate_progress(observed, t);
  if (!exempt(observed, GuardRule::Budget)) {
    observed.session.budgets.add(observed.call.at.monotonic, observed.answer.bytes, t);
    evaluate_budget(observed, observed.session.budgets.most(t), t);
    evaluate_budget(observed, {Budgets::What::Day, day.add(observed.call.at.wall, t)}, t);
  }
  if (observed.kind == AnswerKind::Ok && lists_things(observed.call.tool))
    observed.session.listing.keep(observed.call.server, observed.answer.head);
}

}  // namespace callgate
