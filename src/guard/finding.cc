#include "callgate/guard/finding.h"

#include <fmt/core.h>

namespace callgate {

const char* name(Rule rule) {
  switch (rule) {
    case Rule::Repeat:
      return "R1";
    case Rule::Cycle:
      return "R2";
    case Rule::Guess:
      return "R3";
    case Rule::Mutated:
      return "R4";
    case Rule::DeadEnd:
      return "R5";
    case Rule::Idle:
      return "R6";
    case Rule::Budget:
      return "R7";
  }
  return "";
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

std::string advice(const Finding& finding) {
  std::string text = fmt::format("Callgate noticed: {}.", finding.summary);
  if (!finding.evidence.empty()) {
    text += " Calls:";
    for (uint32_t call : finding.evidence) text += fmt::format(" {}", call);
    text += '.';
  }
  if (!finding.instead.empty()) text += fmt::format(" {}", finding.instead);
  text += finding.level == Level::Hard ? " Stop this and do something else, or ask the user."
                                       : " If this does not lead anywhere, try another way.";
  if (text.size() > kAdvice) {
    size_t end = kAdvice - 3;
    while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
    text.resize(end);
    text += "...";
  }
  return text;
}

}  // namespace callgate
