// Runs the guard over recorded sessions: a session a line, {"name", "agent", "calls": [{"tool",
// "args", "result", "t", "is_error", "server"}]}, all but tool and result may be absent. Prints
// {"sessions": [{"name", "alarms": [{"level", "rule", "call"}]}]}, `call` counting from 0. What one
// session finds missing is known to the later ones of its agent (of its source, if it names no
// agent); with --apart each session stands alone. --set=NAME=VALUE replaces a threshold,
// --show=findings and --show=kinds say more.
#include <fmt/core.h>

#include <cstdio>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>

#include "callgate/guard/guard.h"
#include "callgate/wire/writer.h"

using namespace callgate;

namespace {

GuardAnswer answer_of(Value call) {
  const Value result = call.find("result");
  const bool is_error = call.find("is_error").boolean().value_or(false);
  if (result.is_string()) return read_text(result.text(), is_error);
  return result.is_object() ? read_answer(result) : read_text(result ? result.raw() : "", is_error);
}

/// Without times, calls follow each other by ten seconds.
Now time_of(Value call, uint32_t number) {
  const double seconds = call.find("t").number().value_or(10.0 * number);
  const auto at = std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(seconds));
  return {at, std::chrono::duration_cast<Micros>(at)};
}

void replay(Guard& guard, Value session, uint32_t number, const char* show, JsonWriter& out) {
  const std::string name = session.find("name").text(), source = session.find("source").text();
  const Value agent = session.find("agent");
  const std::string who = agent.is_string() ? agent.text() : source;
  out.begin_object().key("name").string(name).key("alarms").begin_array();
  uint32_t at = 0;
  for (Value call : session.find("calls")) {
    const std::string tool = call.find("tool").text();
    const std::string server =
        call.find("server").is_string() ? call.find("server").text() : source;
    const Value args = call.find("args");
    const Effect effect = effect_of(tool, args, call.find("read_only").boolean());
    const GuardAnswer answer = answer_of(call);
    if (std::strcmp(show, "kinds") == 0)
      std::cerr << name << '\t' << at << '\t' << tool << '\t' << static_cast<int>(effect) << '\t'
                << callgate::name(answer.kind) << (answer.pending ? " pending" : "") << '\t'
                << quote(answer.head.substr(0, 160)) << '\n';
    const Observation seen =
        guard.observe({number, who, server, tool, args, effect, at, time_of(call, at)}, answer);
    for (const Finding& finding : seen.findings) {
      out.begin_object()
          .key("level")
          .string(callgate::name(finding.level))
          .key("rule")
          .string(callgate::name(finding.rule));
      out.key("call").integer(at).end_object();
      if (std::strcmp(show, "findings") == 0)
        std::cerr << name << '\t' << at << '\t' << callgate::name(finding.rule) << ' '
                  << callgate::name(finding.level) << '\t' << advice(finding) << '\n';
    }
    ++at;
  }
  out.end_array().end_object();
  guard.session_gone(number);
}

/// `name=value`, to measure what a threshold does.
bool set(Thresholds& t, std::string_view text) {
  const std::pair<std::string_view, double*> known[] = {
      {"repeat_after_write", &t.repeat_after_write},
      {"slow_hard", &t.slow_hard},
      {"slow_stuck", &t.slow_stuck},
      {"guess_hard", &t.guess_hard},
      {"guess_base", &t.guess_base},
      {"guess_stuck", &t.guess_stuck},
      {"weight_empty", &t.weight_empty},
      {"weight_error", &t.weight_error},
      {"weight_write", &t.weight_write},
      {"progress_hard", &t.progress_hard},
      {"progress_soft", &t.progress_soft}};
  for (const auto& [name, value] : known)
    if (text.size() > name.size() && text.substr(0, name.size()) == name &&
        text[name.size()] == '=') {
      *value = std::strtod(std::string(text.substr(name.size() + 1)).c_str(), nullptr);
      return true;
    }
  return false;
}

}  // namespace

int main(int count, char** arguments) {
  bool apart = false;
  Thresholds thresholds;
  const char* show = "";
  const char* path = nullptr;
  for (int i = 1; i < count; ++i) {
    if (std::strcmp(arguments[i], "--apart") == 0)
      apart = true;
    else if (std::strncmp(arguments[i], "--show=", 7) == 0)
      show = arguments[i] + 7;
    else if (std::strncmp(arguments[i], "--set=", 6) == 0) {
      if (!set(thresholds, arguments[i] + 6)) return 2;
    } else
      path = arguments[i];
  }
  std::ifstream file;
  if (path != nullptr) file.open(path);
  std::istream& in = path != nullptr ? file : std::cin;
  if (!in) {
    std::fprintf(stderr, "cannot read %s\n", path);
    return 1;
  }
  Walker walker({.bytes = size_t{256} << 20, .depth = 256, .nodes = 10'000'000});
  auto guard = std::make_unique<Guard>(thresholds);
  JsonWriter out;
  out.begin_object().key("sessions").begin_array();
  uint32_t number = 0;
  for (std::string line; std::getline(in, line);) {
    const auto message = walker.walk(line);
    if (!message) {
      std::fprintf(stderr, "line %u: %s\n", number + 1, message.error().text().c_str());
      return 1;
    }
    if (apart) guard = std::make_unique<Guard>(thresholds);
    replay(*guard, (*message)->root(), ++number, show, out);
  }
  std::puts(out.end_array().end_object().take().c_str());
  return 0;
}
