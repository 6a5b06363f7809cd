#include "callgate/record/finding.h"

namespace callgate {

const char* name(GuardRule rule) {
  switch (rule) {
    case GuardRule::Repeat:
      return "R1";
    case GuardRule::Cycle:
      return "R2";
    case GuardRule::Guess:
      return "R3";
    case GuardRule::Mutated:
      return "R4";
    case GuardRule::DeadEnd:
      return "R5";
    case GuardRule::Idle:
      return "R6";
    case GuardRule::Budget:
      return "R7";
  }
  return "";
}

std::optional<GuardRule> rule_named(std::string_view word) {
  for (uint8_t number = 1; number <= kRules; ++number)
    if (word == name(static_cast<GuardRule>(number))) return static_cast<GuardRule>(number);
  return std::nullopt;
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
