#include "callgate/record/finding.h"

namespace callgate {

const char* name(GuardRule rule) {
  switch (rule) {
    case GuardRule::Repeat:
      return "repeated-call";
    case GuardRule::Cycle:
      return "cycle";
    case GuardRule::Guess:
      return "guessing";
    case GuardRule::Mutated:
      return "mutated-id";
    case GuardRule::DeadEnd:
      return "dead-end";
    case GuardRule::Idle:
      return "no-progress";
    case GuardRule::Budget:
      return "budget";
  }
  return "";
}

const char* id(GuardRule rule) {
  constexpr const char* kIds[] = {"", "R1", "R2", "R3", "R4", "R5", "R6", "R7"};
  return kIds[static_cast<size_t>(rule)];
}

std::optional<GuardRule> rule_named(std::string_view word) {
  for (uint8_t number = 1; number <= kRules; ++number) {
    const auto rule = static_cast<GuardRule>(number);
    if (word == name(rule) || word == id(rule)) return rule;
  }
  return std::nullopt;
}

std::string stopped_by(GuardRule rule) { return std::string("guard ") + name(rule); }

bool is_stopped_by(std::string_view text, GuardRule rule) {
  return text == stopped_by(rule) || text == std::string("guard ") + id(rule);
}

const char* name(Level level) {
  switch (level) {
    case Level::None:
      return "none";
    case Level::Soft:
      return "soft";
    case Level::Hard:
      return "hard";
  }
  return "";
}

const char* name(FindingEnd end) { return end == FindingEnd::Cleared ? "cleared" : "approved"; }
const char* name(Step step) {
  switch (step) {
    case Step::Observe:
      return "observe";
    case Step::Advise:
      return "advise";
    case Step::Delay:
      return "delay";
    case Step::Ask:
      return "ask";
    case Step::Block:
      return "block";
    case Step::Pause:
      return "pause";
  }
  return "";
}

std::optional<Step> step_named(std::string_view wanted) {
  for (const Step step : kSteps)
    if (wanted == name(step)) return step;
  return std::nullopt;
}

const char* name(AnswerKind kind) {
  switch (kind) {
    case AnswerKind::Ok:
      return "ok";
    case AnswerKind::NotFound:
      return "not_found";
    case AnswerKind::Denied:
      return "denied";
    case AnswerKind::Invalid:
      return "invalid";
    case AnswerKind::Timeout:
      return "timeout";
    case AnswerKind::Rate:
      return "rate";
    case AnswerKind::Empty:
      return "empty";
    case AnswerKind::Error:
      return "error";
  }
  return "";
}

}  // namespace callgate
