#include "evaluation.h"

#include <fmt/core.h>

#include <algorithm>

#include "callgate/base/glob.h"
#include "callgate/base/path_text.h"
#include "callgate/policy/uri_forms.h"
#include "paths.h"

namespace callgate {

namespace {

using Subject = RuleSpec::Subject;

constexpr size_t kMostBases = 16, kMostRoots = 64;

/// Reads the first 64 roots of an answer such as `{"roots": [{"uri": "file:///a"}]}`.
std::vector<std::string> client_roots(std::string_view answer) {
  std::vector<std::string> folders;
  if (answer.empty()) return folders;
  const Result<MessagePtr> message = Walker().walk(std::string(answer));
  if (!message) return folders;
  for (const Value root : (*message)->root().find("roots")) {
    if (folders.size() >= kMostRoots) break;
    const std::string uri = root.find("uri").text();
    for (std::string& path : path_readings(uri, {}).paths)
      if (path.front() == '/') folders.push_back(std::move(path));
  }
  return folders;
}

bool could_name_file(std::string_view pattern) {
  return pattern.front() == '*' || pattern.front() == '?' || is_file_uri(pattern);
}

// Adds a hint for the model that made the call: with an absolute path, the call may be allowed.
Decision with_hint(Decision decision) {
  if (decision.permission != Permission::Allow)
    decision.because +=
        " (a relative path can mean a place under the home folder or another folder of the server; "
        "an absolute path means one place)";
  return decision;
}

}  // namespace

Decision Evaluation::decide() {
  if (std::optional<Decision> own = built_in()) return *std::move(own);
  const Decision* decision = nullptr;
  law_.book.for_each_named(facts_, [&](const Rule& rule) {
    if (matches(rule)) decision = &rule.decision;
    return decision == nullptr;
  });
  if (!decision) return fallback();
  return relative_ ? with_hint(*decision) : *decision;
}

Decision Evaluation::fallback() const {
  return facts_.subject == Subject::Question ? Decision{} : law_.fallback;
}

bool Evaluation::client_fits(const Rule& rule) const {
  return rule.client.empty() || glob_matches(rule.client, facts_.client);
}

bool Evaluation::profile_fits(const Rule& rule) const {
  return rule.profile.empty() || glob_matches(rule.profile, facts_.profile.value_or(""));
}

bool Evaluation::account_fits(const Rule& rule) const {
  return rule.account.empty() || glob_matches(rule.account, facts_.account);
}

Truth Evaluation::evaluate_uri(const Rule& rule) {
  const std::string& pattern = rule.patterns[0].text();
  bool any = false, all = true, unresolved = false;
  const auto count = [&](bool fits) {
    any = any || fits;
    all = all && fits;
  };
  const auto see = [&](std::string_view form) { count(glob_matches(pattern, form)); };
  const auto see_uri = [&](std::string_view uri) {
    const UriForms forms = uri_forms(uri);
    for (const std::string& text : forms.texts) see(text);
    for (const auto& [folded, cased] : forms.normal)
      count(glob_matches(pattern, folded) || glob_matches(pattern, cased) ||
            (!rule.normal_pattern.empty() && glob_matches(rule.normal_pattern, folded)));
    if (!is_file_uri(uri)) return;
    const PathReadings readings = path_readings(uri, bases());
    unresolved = unresolved || readings.doubtful;
    for (const std::string& path : readings.paths) {
      const std::string* real = paths_.real(path);
      if (real) see("file://" + *real);
      unresolved = unresolved || !real;
    }
  };
  see_uri(facts_.name);
  if (!facts_.filled.empty()) see_uri(facts_.filled);
  if (rule.side() == Side::Lenient)
    return all && (!unresolved || pattern == "*") ? Truth::Yes : Truth::No;
  if (any) return Truth::Yes;
  return unresolved && could_name_file(pattern) ? Truth::Unknown : Truth::No;
}

Evaluation::Evaluated Evaluation::evaluate_reading(Value root, const Constraint& constraint) {
  const FoundMember argument = constraint.argument(root);
  if (!argument.value && !constraint.wants_absence()) return {};
  static const auto& kNone = *new Bases;
  if (!constraint.about_paths()) return {true, constraint.evaluate(argument, kNone, nullptr)};
  return {true, constraint.evaluate(argument, bases(), &paths_)};
}

// A server may parse one argument as JSON and take another as a string, so each constraint is
// evaluated for every reading on its own.
Evaluation::Evaluated Evaluation::evaluate_constraint(const Rule& rule,
                                                      const Constraint& constraint) {
  const bool strict = rule.side() == Side::Strict;
  Evaluated evaluated;
  bool first = true;
  const JsonReadings& readings = arguments_for(constraint);
  for (const Value root : readings.roots) {
    Evaluated one = evaluate_reading(root, constraint);
    if (!one.present && readings.undecided && constraint.goes_deep()) one = {true, Truth::Unknown};
    evaluated.present = evaluated.present || one.present;
    if (first || (strict ? one.truth > evaluated.truth : one.truth < evaluated.truth))
      evaluated.truth = one.truth;
    first = false;
  }
  return evaluated;
}

Truth Evaluation::evaluate_args(const Rule& rule) {
  Truth all = Truth::Yes;
  relative_ = false;
  for (const Constraint& constraint : rule.args) {
    // If the arguments are not an object, members can't be found in them.
    if (facts_.args && !facts_.args.is_object()) return Truth::Unknown;
    const Truth one = evaluate_constraint(rule, constraint).truth;
    if (one == Truth::No) return one;
    if (one == Truth::Unknown) all = one;
    relative_ = relative_ || (constraint.about_paths() && names_relative(constraint));
  }
  return all;
}

bool Evaluation::names_relative(const Constraint& constraint) {
  bool relative = false;
  for_each_string(constraint.argument(facts_.args).value, [&](const ArgumentString& string) {
    const std::string text = string.text();
    relative = (!constraint.in_all_arguments() || is_found_path(text, string.naming())) &&
               path_readings(text, {}).relative;
    return !relative;
  });
  return relative;
}

Truth Evaluation::evaluate(const Rule& rule) {
  if (!session_fits(rule)) return Truth::No;
  return rule.subject == Subject::Resource ? evaluate_uri(rule) : evaluate_args(rule);
}

bool Evaluation::matches(const Rule& rule) {
  const Truth truth = evaluate(rule);
  return truth == Truth::Yes || (truth == Truth::Unknown && rule.side() == Side::Strict);
}

const JsonReadings& Evaluation::arguments() {
  if (!arguments_) arguments_ = json_readings(facts_.args);
  return *arguments_;
}

const JsonReadings& Evaluation::found_arguments() {
  if (arguments().roots.size() == 1) return arguments();
  if (!found_arguments_) found_arguments_ = json_readings(facts_.args, Prose::Kept);
  return *found_arguments_;
}

const ServerFolders* Evaluation::server_folders() const {
  if (facts_.folders) return facts_.folders;
  const auto server = law_.servers.find(facts_.server);
  return server == law_.servers.end() ? nullptr : &server->second;
}

const Bases& Evaluation::bases() {
  if (bases_) return *bases_;
  bases_.emplace();
  bases_->homes.push_back(law_.home);
  std::vector<std::string>& folders = bases_->folders;
  const auto add = [&folders](const std::string& folder) {
    if (!folder.empty() && std::find(folders.begin(), folders.end(), folder) == folders.end())
      folders.push_back(folder);
  };
  add(law_.home);
  if (const ServerFolders* of_server = server_folders()) {
    if (!of_server->home.empty()) bases_->homes.push_back(of_server->home);
    add(of_server->home);
    bases_->cwd = of_server->cwd;
    for (const std::string& folder : of_server->folders) add(folder);
  }
  for (const std::string& root : client_roots(facts_.roots)) add(root);
  add_bases_of_call(folders);
  return *bases_;
}

// Adds the folders that the call itself names. For example, the `files` of a git server are
// relative to the `repo_path` of the same call. The limit for working folders is separate from the
// limit for other paths, so that many paths don't displace the working folders.
void Evaluation::add_bases_of_call(std::vector<std::string>& folders) {
  if (!facts_.args.is_object()) return;
  size_t places = 0, paths = 0;
  for (const Naming wanted : {Naming::Place, Naming::Path}) {
    for (const Value member : facts_.args) {
      if (!member.is_string() || member.raw().size() < 3) continue;
      const char front = member.raw()[1];
      if (front != '/' && front != '~' && front != '$' && front != '\\' && front != 'f') continue;
      if (naming_of(member.raw_key()) != wanted) continue;
      size_t& count = wanted == Naming::Place ? places : paths;
      if (++count > kMostBases / 2) continue;
      const PathReadings readings = path_readings(member.text(), {{law_.home}, {}});
      for (const std::string& path : readings.paths)
        if (path.front() == '/' && std::find(folders.begin(), folders.end(), path) == folders.end())
          folders.push_back(path);
    }
  }
}

void Evaluation::collect(CallPaths& paths) {
  const auto add_text = [&](std::string_view text) {
    for (const std::string& path : path_readings(text, bases()).paths) paths.add(path);
  };
  if (facts_.subject == Subject::Question) return;
  if (facts_.subject == Subject::Resource && law_.book.has_resource_rules())
    for (const std::string_view uri : {facts_.name, facts_.filled})
      if (is_file_uri(uri)) add_text(uri);
  law_.book.for_each_named(facts_, [&](const Rule& rule) {
    if (!rule.args.empty() && session_fits(rule))
      for (const Constraint& constraint : rule.args)
        if (constraint.about_paths())
          for (const Value root : arguments_for(constraint).roots)
            if (const Value argument = constraint.argument(root).value)
              constraint.collect_paths(argument, bases(), paths);
    return true;
  });
  if (law_.own.empty()) return;
  for_each_checked([&](const ArgumentString& string, const std::string& text) {
    for (const std::string& path : checked_readings(string, text).paths) paths.add(path);
    return true;
  });
  if (!paths.empty())
    for (const std::string& folder : law_.own.written()) paths.add_folder(folder);
}

std::string Evaluation::step(const Rule& rule) {
  const std::string& written = rule.decision.rule;
  if (!client_fits(rule)) return fmt::format("{}: no, the client is not {}", written, rule.client);
  if (!profile_fits(rule))
    return fmt::format("{}: no, the profile is not {}", written, rule.profile);
  if (!account_fits(rule))
    return fmt::format("{}: no, the account is not {}", written, rule.account);
  if (facts_.args && !facts_.args.is_object() && !rule.args.empty())
    return fmt::format("{}: {}, the arguments are not an object", written,
                       rule.side() == Side::Strict ? "matches" : "no");
  for (const Constraint& constraint : rule.args) {
    const Evaluated evaluated = evaluate_constraint(rule, constraint);
    const Truth one = evaluated.truth;
    if (!evaluated.present)
      return fmt::format("{}: no, the argument for {} is absent", written, constraint.words());
    if (one == Truth::No) return fmt::format("{}: no, not {}", written, constraint.words());
    if (one == Truth::Unknown && rule.side() == Side::Lenient)
      return fmt::format("{}: no, the constraint {} cannot be decided", written,
                         constraint.words());
    if (one == Truth::Unknown)
      return fmt::format("{}: {}, the constraint {} cannot be decided and counts as true", written,
                         matches(rule) ? "matches" : "no", constraint.words());
  }
  return fmt::format("{}: {}", written, matches(rule) ? "matches" : "no, the URI differs");
}

}  // namespace callgate
