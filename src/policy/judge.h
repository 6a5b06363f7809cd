// One call before the rules: which of them hold, and for which paths that must be known.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "json_strings.h"
#include "own_files.h"
#include "rule_book.h"

namespace callgate {

/// How the rule about our own files is named.
inline constexpr const char* kBuiltIn = "built-in: callgate's own files";

/// What a policy is made of.
struct Law {
  RuleBook book;
  Decision fallback;
  OwnFiles own;
  std::string home;
  std::map<std::string, ServerFolders, std::less<>> servers;
};

/// Lives for one call of a function of Policy; makes the table of paths when the first rule asks.
class Judge {
 public:
  Judge(const Law& law, const Facts& facts, const RealPaths& answers)
      : law_(law), facts_(facts), answers_(answers) {}

  /// The built-in rule, then the first rule that matches, then the default.
  Decision decide();
  /// The paths that must be resolved first.
  std::vector<PathNeed> needs() { return paths().needs(); }
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
  PathTable collect();

 private:
  struct Judged {
    bool present = false;
    Truth truth = Truth::No;
  };

  bool client_fits(const Rule& rule) const;
  bool session_fits(const Rule& rule) const { return client_fits(rule) && profile_fits(rule); }
  Truth judge(const Rule& rule);
  Truth judge_uri(const Rule& rule);
  Truth judge_args(const Rule& rule);
  Judged judge_constraint(const Rule& rule, const Constraint& constraint);
  Judged judge_reading(Value root, const Constraint& constraint);
  bool names_relative(const Constraint& constraint);
  const PathTable& paths();
  /// The arguments as servers may see them.
  const JsonReadings& arguments();
  /// The same for what looks at every string: files of JSON that are written as text stay text.
  const JsonReadings& found_arguments();
  const JsonReadings& arguments_for(const Constraint& constraint) {
    return constraint.everywhere() ? found_arguments() : arguments();
  }
  const Bases& bases();
  void add_bases_of_call(std::vector<std::string>& folders);

  /// Visits the strings that the built-in rule resolves. False: there are too many.
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
  bool relative_ = false;  ///< the rule that was judged last looked at a relative path
};

}  // namespace callgate
