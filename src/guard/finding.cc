#include "callgate/guard/finding.h"

#include <fmt/core.h>

namespace callgate {

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
