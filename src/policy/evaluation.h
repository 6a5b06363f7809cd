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

/// Evaluates the rules for one call of a function of Policy; a new object is made for each such
/// call. `paths` are those that collect() has added, now or earlier.
class Evaluation {
 public:
  Evaluation(const Law& law, const Facts& facts, const CallPaths& paths)
      : law_(law), facts_(facts), paths_(paths) {}

  /// Evaluates the built-in rule first. Then the first rule that matches decides or, if no rule
  /// matches, the default.
  Decision decide();
  /// Returns the decision of the rule about our own files; nullopt if this rule does not match.
  std::optional<Decision> built_in();
  bool matches(const Rule& rule);
  /// True if a resource rule matches whatever the real path is, so that no path need be resolved.
  bool names_uri(const Rule& rule) { return evaluate_uri(rule) == Truth::Yes; }
  bool profile_fits(const Rule& rule) const;
  bool account_fits(const Rule& rule) const;
  /// Returns the decision if no rule matches. For a call, this is the configured default. A
  /// server's question is allowed, because the client itself may refuse it.
  Decision fallback() const;
  /// Explains one rule as `RULE: matches` or `RULE: no, WHY`.
  std::string step(const Rule& rule);
  /// Adds every path that matches() and built_in() may need.
  void collect(CallPaths& paths);

 private:
  struct Evaluated {
    bool present = false;
    Truth truth = Truth::No;
  };

  bool client_fits(const Rule& rule) const;
  bool session_fits(const Rule& rule) const {
    return client_fits(rule) && profile_fits(rule) && account_fits(rule);
  }
  Truth evaluate(const Rule& rule);
  Truth evaluate_uri(const Rule& rule);
  Truth evaluate_args(const Rule& rule);
  Evaluated evaluate_constraint(const Rule& rule, const Constraint& constraint);
  Evaluated evaluate_reading(Value root, const Constraint& constraint);
  bool names_relative(const Constraint& constraint);
  /// Returns the ways in which servers may read the arguments.
  const JsonReadings& arguments();
  /// Like arguments(), but JSON stays text if the argument's name means text (content, message …).
  /// The checks that look at every string use this function.
  const JsonReadings& found_arguments();
  const JsonReadings& arguments_for(const Constraint& constraint) {
    return constraint.in_all_arguments() ? found_arguments() : arguments();
  }
  const ServerFolders* server_folders() const;
  const Bases& bases();
  void add_bases_of_call(std::vector<std::string>& folders);

  /// Visits the strings that the built-in rule reads as paths. Returns false if there are more such
  /// strings than the rule checks.
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
  const CallPaths& paths_;
  std::optional<JsonReadings> arguments_, found_arguments_;
  std::optional<Bases> bases_;
  /// True if the rule that was evaluated last looked at a relative path.
  bool relative_ = false;
};

}  // namespace callgate
