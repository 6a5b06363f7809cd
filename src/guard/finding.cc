#include "callgate/guard/finding.h"

#include <fmt/core.h>

#include "texts.h"

namespace callgate {

namespace {

std::string cut(std::string text) {
  if (text.size() <= kAdvice) return text;
  size_t end = kAdvice - 3;
  while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text + "...";
}

std::string id_of(uint32_t number, uint32_t run) {
  return run == 0 ? fmt::format("{}", number) : fmt::format("{}-{}", run, number);
}

std::string evidence_of(const Finding& finding, uint32_t run) {
  std::string text;
  for (uint32_t call : finding.evidence) text += " " + id_of(call, run);
  return text.empty() ? text : " Calls:" + text + ".";
}

std::string with_space(const std::string& text) { return text.empty() ? text : " " + text; }

}  // namespace

std::string advice(const Finding& finding, uint32_t run) {
  return cut(fmt::format("Callgate detected: {}.{}{}{}", finding.summary, evidence_of(finding, run),
                         with_space(finding.instead),
                         finding.level == Level::Hard
                             ? " Stop this and do something else, or ask the user."
                             : " If this does not lead anywhere, try another way."));
}

std::string advice(const DeadEnd& dead_end) {
  return fmt::format("Callgate detected: {}. Look for what exists, or ask the user.",
                     dead_end_summary(dead_end));
}

std::string refusal(const Finding& finding, uint32_t number, uint32_t run) {
  // When the text is shortened, the advice at its end must stay. A finding that isn't recorded has
  // no number, so no command can lift it.
  const std::string way_out = number == 0 || run == 0
                                  ? " Do something else, or ask the user."
                                  : fmt::format(
                                        " Do something else, or ask the user: `callgate findings "
                                        "clear {}` allows the call again.",
                                        id_of(number, run));
  std::string text = fmt::format("callgate stopped this call; it was not made. Rule: guard {}. {}.",
                                 name(finding.rule), finding.summary);
  text += evidence_of(finding, run) + with_space(finding.instead);
  constexpr size_t kRoom = 120;
  if (text.size() > kAdvice - kRoom) {
    size_t end = kAdvice - kRoom;
    while (end > 0 && (static_cast<uint8_t>(text[end]) & 0xC0) == 0x80) --end;
    text.resize(end);
    text += "...";
  }
  return text + way_out;
}

Finding for_record(Finding finding) {
  if (finding.rule == GuardRule::Mutated && !finding.instead.empty())
    finding.instead = "A nearly identical identifier exists: see the earlier calls.";
  return finding;
}

std::string refusal(const DeadEnd& dead_end, uint32_t number, uint32_t run) {
  const std::string way_out =
      number == 0 || run == 0 ? "."
                              : fmt::format(": `callgate findings clear {}` allows the call again.",
                                            id_of(number, run));
  return fmt::format(
      "callgate stopped this call; it was not made. Rule: guard dead-end. {}, and nothing is known "
      "to have changed since. Look for what exists, or ask the user{}",
      dead_end_summary(dead_end), way_out);
}

}  // namespace callgate
