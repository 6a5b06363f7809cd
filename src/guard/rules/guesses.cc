#include "guesses.h"

#include <cmath>

#include "callgate/base/ascii.h"

namespace callgate {

namespace {

/// The weight of one failure, from 0 to 1. `alike` means that a reading call failed with the same
/// words as the failure before.
double guess_weight(const GuardAnswer& answer, Effect effect, bool alike, const Thresholds& t) {
  const double write = effect == Effect::Write ? t.weight_write : 1;
  const double run = effect == Effect::Unknown ? t.weight_run : t.weight_error * write;
  switch (answer.kind) {
    case AnswerKind::NotFound:
    case AnswerKind::Denied:
      return t.weight_missing * write;
    case AnswerKind::Error:
      return alike ? t.weight_missing : run;
    case AnswerKind::Invalid:
      return run;
    case AnswerKind::Empty:
    case AnswerKind::Timeout:
      return t.weight_empty;
    case AnswerKind::Rate:
      return t.weight_rate;
    case AnswerKind::Ok:
      return 0;
  }
  return 0;
}

/// Only failures that mean that the subject does not exist count for the slow sum.
bool counts_slowly(AnswerKind kind, bool alike) {
  return kind == AnswerKind::NotFound || kind == AnswerKind::Denied ||
         (kind == AnswerKind::Error && alike);
}

/// Returns 0 if the identifier is not a number.
int64_t number_of(std::string_view identifier) {
  constexpr size_t kDigits = 18;
  if (identifier.empty() || identifier.size() > kDigits) return 0;
  int64_t number = 0;
  for (char c : identifier) {
    if (!is_digit(c)) return 0;
    number = number * 10 + (c - '0');
  }
  return number;
}

/// True if `now` continues a series of consecutive numbers, with steps of at most kStep.
bool sweeps(int64_t before, int64_t now) {
  constexpr int64_t kStep = 3;
  return before > 0 && now > before && now - before <= kStep;
}

}  // namespace

Guesses::Family& Guesses::family(uint64_t tool) {
  Family* oldest = nullptr;
  for (Family& known : families_) {
    if (known.tool == tool && known.used > 0) return known;
    if (oldest == nullptr || known.used < oldest->used) oldest = &known;
  }
  if (families_.size() < kMost) oldest = &families_.emplace_back();
  *oldest = Family{};
  oldest->tool = tool;
  return *oldest;
}

Guesses::Family& Guesses::add(uint64_t tool, std::string_view identifier, const GuardAnswer& answer,
                              Effect effect, uint32_t call, Nanos at, const Thresholds& t) {
  Family& f = family(tool);
  f.used = ++clock_;
  const int64_t number = number_of(identifier);
  const bool sweep = sweeps(f.number, number);
  f.number = number;
  if (answer.kind == AnswerKind::Ok) {
    f.fast = std::max(
        0.0F, f.fast + static_cast<float>(std::log((1 - t.guess_stuck) / (1 - t.guess_base))));
    f.slow = std::max(
        0.0F, f.slow + static_cast<float>(std::log((1 - t.slow_stuck) / (1 - t.guess_base))));
    if (f.fast > 0 || f.slow > 0) {
      ++f.tried;
    } else {
      f.tried = f.failed = f.empty = 0;
      f.evidence.reset();
      f.cadence.reset();
    }
    return f;
  }
  const bool alike = effect == Effect::Read && f.failed > 0 && f.shape == answer.shape;
  const double weight = sweep ? t.weight_sweep : guess_weight(answer, effect, alike, t);
  f.fast += static_cast<float>(weight * std::log(t.guess_stuck / t.guess_base));
  if (counts_slowly(answer.kind, alike))
    f.slow += static_cast<float>(weight * std::log(t.slow_stuck / t.guess_base));
  f.shape = answer.shape;
  ++f.tried;
  ++f.failed;
  f.empty += answer.kind == AnswerKind::Empty;
  f.evidence.add(call);
  f.cadence.tick(at);
  return f;
}

void Guesses::reset(uint64_t tool) {
  for (Family& known : families_)
    if (known.tool == tool) known = Family{};
}

const Guesses::Family* Guesses::find(uint64_t tool) const {
  for (const Family& known : families_)
    if (known.tool == tool && known.used > 0) return &known;
  return nullptr;
}

Level level_of(const Guesses::Family& family, double factor, const Thresholds& t) {
  const bool over = family.fast >= t.guess_hard * factor || family.slow >= t.slow_hard * factor;
  if (over && family.failed - family.empty >= t.guess_not_empty) return Level::Hard;
  return over || family.fast >= t.guess_soft * factor ? Level::Soft : Level::None;
}

}  // namespace callgate
