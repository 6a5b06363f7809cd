#include "judge.h"

#include <fmt/core.h>

#include "paths.h"

namespace callgate {

namespace {

using Subject = RuleSpec::Subject;

constexpr size_t kMostPathLike = 256;

Decision deny_built_in(std::string because) {
  return {Verdict::Deny, kBuiltIn, std::move(because)};
}

// What a pattern is compared with: the URI as written, and with its escapes undone once and its
// scheme in lower case.
std::vector<std::string> uri_forms(std::string_view uri) {
  std::vector<std::string> forms = {std::string(uri)};
  std::string plain = percent_decoded(uri);
  for (size_t i = 0; i < plain.size() && plain[i] != ':' && plain[i] != '/'; ++i)
    if (plain[i] >= 'A' && plain[i] <= 'Z') plain[i] = static_cast<char>(plain[i] - 'A' + 'a');
  if (plain != forms[0]) forms.push_back(std::move(plain));
  return forms;
}

bool could_name_file(std::string_view pattern) {
  return pattern.front() == '*' || pattern.front() == '?' || is_file_uri(pattern);
}

}  // namespace

const PathTable& Judge::paths() {
  if (!table_) {
    table_ = collect();
    table_->set_answers(answers_);
  }
  return *table_;
}

Decision Judge::fallback() const {
  return facts_.subject == Subject::Question ? Decision{} : law_.fallback;
}

bool Judge::client_fits(const Rule& rule) const {
  return rule.client.empty() || glob_matches(rule.client, facts_.client);
}

bool Judge::profile_fits(const Rule& rule) const {
  return rule.profile.empty() || glob_matches(rule.profile, facts_.profile.value_or(""));
}

Truth Judge::judge_uri(const Rule& rule) {
  const std::string& pattern = rule.patterns[0].text();
  bool any = false, all = true, unresolved = false;
  const auto see = [&](std::string_view form) {
    const bool fits = glob_matches(pattern, form);
    any = any || fits;
    all = all && fits;
  };
  for (const std::string& form : uri_forms(facts_.name)) see(form);
  if (is_file_uri(facts_.name)) {
    const PathReadings readings = path_readings(facts_.name, law_.home);
    unresolved = readings.doubtful;
    for (const std::string& path : readings.paths) {
      const std::string* real = paths().real(path);
      if (real) see("file://" + *real);
      unresolved = unresolved || !real;
    }
  }
  if (rule.side() == Side::Lenient)
    return all && (!unresolved || pattern == "*") ? Truth::Yes : Truth::No;
  if (any) return Truth::Yes;
  return unresolved && could_name_file(pattern) ? Truth::Unknown : Truth::No;
}

Truth Judge::judge_args(const Rule& rule) {
  Truth all = Truth::Yes;
  for (const Constraint& constraint : rule.args) {
    // Arguments that are no object can't be looked into.
    if (facts_.args && !facts_.args.is_object()) return Truth::Unknown;
    const FoundMember argument = constraint.argument(facts_.args);
    if (!argument.value && !constraint.wants_absence()) return Truth::No;
    const Truth one =
        constraint.judge(argument, law_.home, constraint.about_paths() ? &paths() : nullptr);
    if (one == Truth::No) return one;
    if (one == Truth::Unknown) all = one;
  }
  return all;
}

Truth Judge::judge(const Rule& rule) {
  if (!session_fits(rule)) return Truth::No;
  return rule.subject == Subject::Resource ? judge_uri(rule) : judge_args(rule);
}

bool Judge::matches(const Rule& rule) {
  const Truth truth = judge(rule);
  return truth == Truth::Yes || (truth == Truth::Unknown && rule.side() == Side::Strict);
}

std::optional<Decision> Judge::built_in() {
  std::optional<Decision> decision;
  if (law_.protected_folders.empty()) return decision;
  for (const std::optional<std::string>& real : answers_)
    for (const std::string& folder : law_.protected_folders)
      if (real && is_inside(*real, folder, Case::Folded))
        return deny_built_in("a path leads into callgate's own files, which no rule can allow");
  size_t seen = 0;
  for_each_path_like(facts_, [&](const std::string& text) {
    if (++seen > kMostPathLike) {
      decision = deny_built_in(
          "the call holds more strings that look like paths than are checked (256), which no rule "
          "can allow");
      return false;
    }
    for (const std::string& path : path_readings(text, law_.home).paths)
      if (!paths().real(path))
        decision = deny_built_in(
            "where a path leads could not be told, so it may lead into callgate's own files, which "
            "no rule can allow");
    return !decision;
  });
  return decision;
}

PathTable Judge::collect() const {
  PathTable table;
  const auto add_text = [&](std::string_view text) {
    for (const std::string& path : path_readings(text, law_.home).paths) table.add(path);
  };
  if (facts_.subject == Subject::Question) return table;
  if (facts_.subject == Subject::Resource && is_file_uri(facts_.name) &&
      law_.book.has_resource_rules())
    add_text(facts_.name);
  law_.book.for_each_named(facts_, [&](const Rule& rule) {
    if (!rule.args.empty() && session_fits(rule))
      for (const Constraint& constraint : rule.args)
        if (constraint.about_paths())
          constraint.collect_paths(constraint.argument(facts_.args).value, law_.home, table);
    return true;
  });
  if (law_.protected_folders.empty()) return table;
  size_t seen = 0;
  for_each_path_like(facts_, [&](const std::string& text) {
    if (++seen > kMostPathLike) return false;
    add_text(text);
    return true;
  });
  return table;
}

std::string Judge::step(const Rule& rule) {
  const std::string& written = rule.decision.rule;
  if (!client_fits(rule)) return fmt::format("{}: no, the client is not {}", written, rule.client);
  if (!profile_fits(rule))
    return fmt::format("{}: no, the profile is not {}", written, rule.profile);
  if (facts_.args && !facts_.args.is_object() && !rule.args.empty())
    return fmt::format("{}: {}, the arguments are no object", written,
                       rule.side() == Side::Strict ? "matches" : "no");
  for (const Constraint& constraint : rule.args) {
    const FoundMember argument = constraint.argument(facts_.args);
    if (!argument.value && !constraint.wants_absence())
      return fmt::format("{}: no, the argument of {} is absent", written, constraint.words());
    const Truth one =
        constraint.judge(argument, law_.home, constraint.about_paths() ? &paths() : nullptr);
    if (one == Truth::No) return fmt::format("{}: no, not {}", written, constraint.words());
    if (one == Truth::Unknown && rule.side() == Side::Lenient)
      return fmt::format("{}: no, {} cannot be told", written, constraint.words());
    if (one == Truth::Unknown)
      return fmt::format("{}: {}, {} cannot be told and counts as true", written,
                         matches(rule) ? "matches" : "no", constraint.words());
  }
  return fmt::format("{}: {}", written, matches(rule) ? "matches" : "no, the URI is another");
}

}  // namespace callgate
