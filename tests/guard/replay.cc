// Runs the guard over recorded sessions from a file or stdin and prints the alarms of each session.
// Each line has one session in the format of trace.h. Dead ends of a session are known to the later
// sessions of its agent; with --apart, sessions are independent. --set=NAME=VALUE replaces a
// threshold. --show=findings and --show=kinds print more on stderr.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iostream>
#include <string>

#include "callgate/guard/finding.h"
#include "callgate/guard/trace.h"
#include "callgate/wire/writer.h"

using namespace callgate;

namespace {

/// Sets a threshold from `name=value`. Returns false if the name is unknown.
bool set(Thresholds& t, std::string_view text) {
  const std::pair<std::string_view, double*> known[] = {
      {"repeat_after_write", &t.repeat_after_write},
      {"repeat_amid_progress", &t.repeat_amid_progress},
      {"guess_base", &t.guess_base},
      {"guess_stuck", &t.guess_stuck},
      {"guess_hard", &t.guess_hard},
      {"slow_stuck", &t.slow_stuck},
      {"slow_hard", &t.slow_hard},
      {"weight_empty", &t.weight_empty},
      {"weight_error", &t.weight_error},
      {"weight_write", &t.weight_write},
      {"weight_run", &t.weight_run},
      {"progress_soft", &t.progress_soft},
      {"progress_hard", &t.progress_hard}};
  for (const auto& [name, value] : known)
    if (text.size() > name.size() && text.substr(0, name.size()) == name &&
        text[name.size()] == '=') {
      *value = std::strtod(std::string(text.substr(name.size() + 1)).c_str(), nullptr);
      return true;
    }
  std::fprintf(stderr, "unknown threshold in '%s'\n", std::string(text).c_str());
  return false;
}

void show_kinds(Value session) {
  uint32_t at = 0;
  for (Value call : session.find("calls")) {
    const GuardAnswer answer =
        read_text(call.find("result").text(), call.find("is_error").boolean().value_or(false));
    std::cerr << session.find("name").text() << '\t' << at++ << '\t' << call.find("tool").text()
              << '\t' << name(answer.kind) << (answer.pending ? " pending" : "") << '\t'
              << quote(answer.head.substr(0, 160)) << '\n';
  }
}

struct Options {
  Thresholds thresholds;
  std::string show;
  const char* path = nullptr;
  bool apart = false;
};

int run(const Options& options, std::istream& in) {
  Walker walker({.bytes = size_t{256} << 20, .depth = 256, .nodes = 10'000'000});
  auto guard = std::make_unique<Guard>(options.thresholds);
  std::vector<ReplayedSession> sessions;
  uint32_t number = 0;
  for (std::string line; std::getline(in, line);) {
    const auto message = walker.walk(line);
    if (!message) {
      std::fprintf(stderr, "line %u: %s\n", number + 1, message.error().text().c_str());
      return 1;
    }
    const Value session = (*message)->root();
    if (options.show == "kinds") show_kinds(session);
    if (options.apart) guard = std::make_unique<Guard>(options.thresholds);
    const auto tell = [&](const Finding& finding) {
      if (options.show == "findings")
        std::cerr << session.find("name").text() << '\t' << name(finding.rule) << ' '
                  << name(finding.level) << '\t' << advice(finding) << '\n';
    };
    sessions.push_back(replay(*guard, session, ++number, tell));
  }
  std::puts(to_json(sessions).c_str());
  return 0;
}

}  // namespace

int main(int count, char** arguments) {
  Options options;
  for (int i = 1; i < count; ++i) {
    const char* word = arguments[i];
    if (std::strcmp(word, "--apart") == 0) {
      options.apart = true;
    } else if (std::strncmp(word, "--show=", 7) == 0) {
      options.show = word + 7;
    } else if (std::strncmp(word, "--set=", 6) == 0) {
      if (!set(options.thresholds, word + 6)) return 2;
    } else {
      options.path = word;
    }
  }
  if (options.path == nullptr) return run(options, std::cin);
  std::ifstream file(options.path);
  if (file) return run(options, file);
  std::fprintf(stderr, "cannot read %s\n", options.path);
  return 1;
}
