#include "callgate/guard/trace.h"

#include <algorithm>

#include "callgate/guard/effect.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr double kPace = 10;  // the seconds between two calls if the trace has no times

GuardAnswer answer_of(Value call) {
  const Value result = call.find("result");
  const bool is_error = call.find("is_error").boolean().value_or(false);
  if (result.is_object()) return read_answer(result);
  return read_text(result.is_string() ? result.text()
                   : result           ? std::string(result.raw())
                                      : "",
                   is_error);
}

/// Times before 1970 and after the year 2200 are not real times.
Now time_of(Value call, uint32_t number) {
  const double seconds = std::clamp(call.find("t").number().value_or(kPace * number), 0.0, 7.3e9);
  const auto at = std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(seconds));
  return {at, std::chrono::duration_cast<Micros>(at)};
}

std::string text_or(Value value, const std::string& otherwise) {
  return value.is_string() ? value.text() : otherwise;
}

}  // namespace

ReplayedSession replay(Guard& guard, Value session, uint32_t number, const FindingSink& sink) {
  ReplayedSession replayed{session.find("name").text(), {}};
  const std::string source = session.find("source").text();
  const std::string agent = text_or(session.find("agent"), source);
  uint32_t at = 0;
  for (Value call : session.find("calls")) {
    const std::string tool = call.find("tool").text(),
                      server = text_or(call.find("server"), source);
    const Value args = call.find("args");
    const Effect effect = effect_of(tool, args, call.find("read_only").boolean());
    const GuardCall made{number, agent, server, tool, args, effect, at, time_of(call, at)};
    for (const Finding& finding : guard.observe(made, answer_of(call)).findings) {
      replayed.alarms.push_back({finding.level, finding.rule, at});
      if (sink) sink(finding);
    }
    ++at;
  }
  guard.session_gone(number);
  return replayed;
}

std::string to_json(const std::vector<ReplayedSession>& sessions) {
  JsonWriter out;
  out.begin_object().key("sessions").begin_array();
  for (const ReplayedSession& session : sessions) {
    out.begin_object().key("name").string(session.name).key("alarms").begin_array();
    for (const Alarm& alarm : session.alarms) {
      out.begin_object().key("level").string(name(alarm.level)).key("rule").string(id(alarm.rule));
      out.key("call").integer(alarm.call).end_object();
    }
    out.end_array().end_object();
  }
  return out.end_array().end_object().take();
}

}  // namespace callgate
