// Evaluates the rules for one call: which of them match, and which paths must be resolved first.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "json_strings.h"
#include "own_files.h"
#include "rule_book.h"

namespace callgate {

/// The name of the rule about our own files.
inline constexpr const char* kBuiltIn = "built-in: callgate's own files";

/// The parts of a policy.
struct Law {
  RuleBook book;
  Decision fallback;
  OwnFiles own;
  std::string home;
  std::map<std::string, ServerFolders, std::less<>> servers;
};

/// Evaluates the rules for one call of Policy's functions and is destroyed after it. Collects the
/// table of paths when a rule first needs it.
class Evaluation {
 public:
  Evaluation(const Law& law, const Facts& facts, const RealPaths& answers)
      : law_(law), facts_(facts), answers_(answers) {}

  /// Evaluates the built-in rule, then decides by the first rule that matches, else by the default.
  Decision decide();
  /// Returns the paths that must be resolved first.
  std::vector<PathNeed> needs() { return paths().needs(); }
  /// The decision of the rule about our own files; nullopt if the rule does not match.
  std::optional<Decision> built_in();
  bool matches(const Rule& rule);
  /// True if a resource rule matches, whatever the real path turns out to be.
  bool names_uri(const Rule& rule) { return evaluate_uri(rule) == Truth::Yes; }
  bool profile_fits(const Rule& rule) const;
  /// The default applies to calls. A question that no rule names is allowed here; the client may
  /// refuse it.
  Decision fallback() const;
  /// Explains one rule as `RULE: matches` or `RULE: no, WHY`.
  std::string step(const Rule& rule);
  /// Collects every path that matches() and built_in() may need.
  PathTable collect();

 private:
  struct Evaluated {
    bool present = false;
    Truth truth = Truth::No;
  };

  bool client_fits(const Rule& rule) const;
  bool session_fits(const Rule& rule) const { return client_fits(rule) && profile_fits(rule); }
  Truth evaluate(const Rule& rule);
  Truth evaluate_uri(const Rule& rule);
  Truth evaluate_args(const Rule& rule);
  Evaluated evaluate_constraint(const Rule& rule, const Constraint& constraint);
  Evaluated evaluate_reading(Value root, const Constraint& constraint);
  bool names_relative(const Constraint& constraint);
  const PathTable& paths();
  /// The arguments as servers may read them.
  const JsonReadings& arguments();
  /// Like arguments(), but JSON in arguments with text names (content, message …) stays text. For
  /// the checks that look at every string.
  const JsonReadings& found_arguments();
  const JsonReadings& arguments_for(const Constraint& constraint) {
    return constraint.in_all_arguments() ? found_arguments() : arguments();
  }
  const Bases& bases();
  void add_bases_of_call(std::vector<std::string>& folders);

  /// Visits the strings that the built-in rule reads as paths. Returns false if there are more than
  /// it checks.
  bool for_each_checked(
      const std::function<bool(const ArgumentString&, const std::string& text)>& visit);
  bool is_checked(const ArgumentString& string, std::string& text) const;
  PathReadings checked_readings(const ArgumentString& string, const std::string& text);
  std::optional<Decision> built_in_paths();
  std::optional<Decision> built_in_texts();
  bool takes_folder_above(const ArgumentString& string, const std::string& text,
                          const std::string& real) const;

  const Law& law_;
  const Facts& facts_;
  const RealPaths& answers_;
  std::optional<PathTable> table_;
  std::optional<JsonReadings> arguments_, found_arguments_;
  std::optional<Bases> bases_;
  /// True if the rule that was evaluated last looked at a relative path.
  bool relative_ = false;
};

}  // namespace callgate
