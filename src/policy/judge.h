// One call before the rules: which of them hold, and for which paths that must be known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "rule_book.h"

namespace callgate {

/// How the rule about our own files is named.
inline constexpr const char* kBuiltIn = "built-in: callgate's own files";

/// What a policy is made of.
struct Law {
  RuleBook book;
  Decision fallback;
  std::vector<std::string> protected_folders;
  std::string home;
};

/// Lives for one call of a function of Policy; makes the table of paths when the first rule asks.
class Judge {
 public:
  Judge(const Law& law, const Facts& facts, const RealPaths& answers)
      : law_(law), facts_(facts), answers_(answers) {}

  /// The rule about our own files.
  std::optional<Decision> built_in();
  bool matches(const Rule& rule);
  /// A resource rule holds whatever the real path turns out to be.
  bool names_uri(const Rule& rule) { return judge_uri(rule) == Truth::Yes; }
  bool profile_fits(const Rule& rule) const;
  /// The default is about calls; a question that no rule names is the client's to refuse.
  Decision fallback() const;
  /// `RULE: matches` or `RULE: no, why`.
  std::string step(const Rule& rule);
  /// Every path that matches() and built_in() may ask for.
  PathTable collect() const;

 private:
  bool client_fits(const Rule& rule) const;
  bool session_fits(const Rule& rule) const { return client_fits(rule) && profile_fits(rule); }
  Truth judge(const Rule& rule);
  Truth judge_uri(const Rule& rule);
  Truth judge_args(const Rule& rule);
  const PathTable& paths();

  const Law& law_;
  const Facts& facts_;
  const RealPaths& answers_;
  std::optional<PathTable> table_;
};

}  // namespace callgate
