#include "calls.h"

#include <algorithm>

namespace callgate {

Call& Calls::add(SessionNumber session, CallKind kind, RuleSpec::Subject subject, Now received) {
  auto made = std::make_unique<Call>();
  Call& call = *made;
  call.number = next_number();
  call.session = session;
  call.kind = kind;
  call.subject = subject;
  call.received = received;
  calls_.emplace(call.number, std::move(made));
  return call;
}

Call* Calls::find(CallNumber number) {
  const auto found = calls_.find(number);
  return found == calls_.end() ? nullptr : found->second.get();
}

std::vector<CallNumber> Calls::sorted(std::vector<CallNumber> numbers) {
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

int Calls::lowest_log_level() const {
  int lowest = -1;
  for (const auto& [number, call] : calls_)
    if (call->log_level >= 0 && (lowest < 0 || call->log_level < lowest)) lowest = call->log_level;
  return lowest;
}

void Calls::person(CallNumber number, bool asked, Nanos now) {
  Call* call = find(number);
  if (!call) return;
  PersonTime& time = call->persons;
  if (asked) {
    if (time.unanswered++ == 0) time.since = now;
  } else if (time.unanswered > 0 && --time.unanswered == 0) {
    time.total += now - time.since;
  }
}

}  // namespace callgate
