// Whatever agents and servers send, the guard answers the same twice, its texts are bounded and in
// UTF-8, and it never crashes.
#include <string>

#include "callgate/guard/effect.h"
#include "callgate/guard/finding.h"
#include "callgate/guard/guard.h"
#include "callgate/wire/writer.h"
#include "fuzz.h"

using namespace callgate;

namespace {

struct CallMade {
  std::string tool, args, result;
  uint32_t session = 0;
  std::chrono::seconds wait{};
};

/// Makes a run of calls. A repeat count makes loops likely.
std::vector<CallMade> steps_of(const uint8_t* data, size_t size) {
  Choices choices(data, size);
  std::vector<CallMade> steps;
  while (!choices.rest().empty() && steps.size() < 300) {
    const uint8_t shape = choices.byte();
    CallMade step;
    step.session = shape & 3U;
    step.wait = std::chrono::seconds(choices.byte());
    step.tool = std::string(choices.bytes(choices.byte() % 24U));
    step.args = "{\"path\":" + quote(choices.bytes(choices.byte() % 48U)) +
                ",\"id\":" + std::to_string(choices.byte()) + "}";
    const std::string text = quote(choices.bytes(choices.byte()));
    step.result = "{\"content\":[{\"type\":\"text\",\"text\":" + text +
                  "}],\"isError\":" + ((shape & 4U) != 0 ? "true}" : "false}");
    for (int i = 0; i <= shape >> 5; ++i) steps.push_back(step);
  }
  return steps;
}

void check(const Observation& seen) {
  for (const Finding& finding : seen.findings) {
    const std::string text = advice(finding);
    ENSURE(text.size() <= kAdvice);
    ENSURE(quote(text).find("\xEF\xBF\xBD") == std::string::npos);
    ENSURE(finding.evidence.size() <= Finding::kEvidence);
    ENSURE(finding.level != Level::None);
  }
  for (const DeadEndChange& change : seen.changes) ENSURE(change.dead_end.subject.size() <= 600);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Walker walker;
  Guard guard, twin;
  Now now{std::chrono::hours(1), std::chrono::hours(400'000)};
  uint32_t number = 0;
  for (const CallMade& step : steps_of(data, size)) {
    now.monotonic += step.wait;
    now.wall += step.wait;
    const auto args = walker.walk(step.args), result = walker.walk(step.result);
    ENSURE(args && result);
    const Effect effect = effect_of(step.tool, (*args)->root(), std::nullopt);
    const GuardCall call{step.session,    "agent", "server", step.tool,
                         (*args)->root(), effect,  ++number, now};
    const GuardAnswer answer = read_answer((*result)->root());
    guard.before(call);
    const Observation seen = guard.observe(call, answer), again = twin.observe(call, answer);
    ENSURE(seen.findings == again.findings);
    check(seen);
  }
  ENSURE(guard.sessions() <= 4);
  return 0;
}
