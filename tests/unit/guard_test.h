// What the tests of the guard share.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "callgate/guard/effect.h"
#include "callgate/guard/guard.h"
#include "callgate/guard/ladder.h"

namespace callgate {

inline MessagePtr walked(const std::string& json) {
  Walker walker;
  return *walker.walk(json);
}

inline std::string missing(const std::string& path) {
  return "Error: ENOENT: no such file or directory, open '" + path + "'";
}

/// A guard, a clock that advances ten seconds with each call, and a current session.
class GuardWorld {
 public:
  explicit GuardWorld(Thresholds t = {}) : guard(t) {}

  Guard guard;
  uint32_t session = 1, next_call = 1;
  std::string agent = "Cursor", server = "fs";
  Nanos now = std::chrono::hours(500'000);
  Nanos step = std::chrono::seconds(10);
  std::vector<Finding> findings;
  std::vector<DeadEndChange> changes;
  ActiveFinding active;  ///< before the last call

  /// Evaluates and observes a call. Returns the findings, for example "repeated-call soft, guessing
  /// hard".
  std::string call(const std::string& tool, const std::string& args, const std::string& text,
                   bool is_error = false) {
    const MessagePtr message = walked(args);
    now += step;
    const Now at{now, std::chrono::duration_cast<Micros>(now)};
    const GuardCall made{session,         agent,
                         server,          tool,
                         message->root(), effect_of(tool, message->root(), std::nullopt),
                         next_call++,     at};
    active = guard.before(made);
    Observation seen = guard.observe(made, read_text(text, is_error));
    std::string all;
    for (const Finding& finding : seen.findings) {
      all += std::string(all.empty() ? "" : ", ") + name(finding.rule) + " " + name(finding.level);
      findings.push_back(finding);
    }
    changes = std::move(seen.changes);
    return all;
  }
  std::string read(const std::string& path, const std::string& text) {
    return call("read_file", R"({"path": ")" + path + "\"}", text);
  }
  std::string fails(const std::string& path) { return read(path, missing(path)); }
  /// All findings of the first `count` calls.
  std::string times(int count, const std::string& tool, const std::string& args,
                    const std::string& text) {
    std::string all;
    for (int i = 0; i < count; ++i) {
      const std::string found = call(tool, args, text);
      if (!found.empty()) all += (all.empty() ? "" : "; ") + std::to_string(i + 1) + ": " + found;
    }
    return all;
  }
};

}  // namespace callgate
