// `callgate policy check`: reports errors of the configuration, and rules that match no configured
// server.
#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "callgate/app/kept_tools.h"
#include "callgate/app/rules.h"
#include "callgate/base/glob.h"
#include "callgate/policy/policy.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/doctor/rule_notes.h"
#include "cli/text/terminal.h"
#include "cli/text/time_text.h"

namespace callgate {

namespace {

const char* word(RuleList list) {
  switch (list) {
    case RuleList::Deny:
      return "deny";
    case RuleList::Ask:
      return "ask";
    case RuleList::Allow:
      return "allow";
  }
  return "";
}

/// Returns true if it is certain that no tool or prompt of a configured server matches the rule.
/// Compares the text before the first `*` of the rule's pattern with the beginning of
/// `server__tool`.
bool matches_no_server(const RuleSpec& rule, const std::vector<ServerConfig>& servers) {
  if (rule.subject == RuleSpec::Subject::Resource || rule.subject == RuleSpec::Subject::Method)
    return false;
  const bool question = rule.subject == RuleSpec::Subject::Question;
  std::vector<std::string> names;
  for (const ServerConfig& server : servers) names.push_back(server.name);
  const std::string pattern = question ? rule.pattern : canonical_pattern(rule.pattern, names);
  const std::string head = pattern.substr(0, pattern.find('*'));
  return std::none_of(servers.begin(), servers.end(), [&](const ServerConfig& server) {
    if (question) return glob_matches(pattern, server.name);
    const std::string begin = server.name + "__";
    const size_t compared = std::min(head.size(), begin.size());
    const bool whole =
        head.size() == pattern.size();  // without a `*`, the pattern cannot match more than itself
    if (whole && head.size() <= begin.size()) return false;
    return glob_matches(std::string_view(head).substr(0, compared),
                        std::string_view(begin).substr(0, compared));
  });
}

void note_rules(const PolicyConfig& policy, const std::string& of, const Config& config,
                std::vector<RuleNote>& notes) {
  for (const auto* rules : {&policy.deny, &policy.ask, &policy.allow}) {
    for (const RuleSpec& rule : *rules) {
      if (!matches_no_server(rule, config.servers)) continue;
      notes.push_back({of + rule.written, rule.line,
                       fmt::format("rule {}{} matches no configured server", of, rule.written)});
    }
  }
}

std::vector<RuleNote> notes_of(const Config& config, const std::string& state_dir) {
  std::vector<RuleNote> notes;
  note_rules(config.policy, "", config, notes);
  for (const ProfileConfig& profile : config.profiles)
    note_rules(profile.policy, fmt::format("profile {}: ", profile.name), config, notes);
  for (RuleNote& note : notes_on_arguments(config, kept_tools(state_dir, Micros{0})))
    notes.push_back(std::move(note));
  return notes;
}

std::string policy_check_json(const LoadedConfig& loaded, const std::vector<Error>& errors,
                              const std::vector<RuleNote>& notes) {
  JsonWriter json;
  json.begin_object().key("file").string(loaded.config.path).key("errors").begin_array();
  for (const Error& error : errors) {
    json.begin_object().key("code").string(error.code).key("message").string(error.message);
    json.key("next").string(error.next).end_object();
  }
  json.end_array().key("notes").begin_array();
  for (const RuleNote& note : notes) {
    json.begin_object().key("rule").string(note.rule).key("line").integer(note.line);
    json.key("message").string(note.text).end_object();
  }
  return json.end_array().end_object().take();
}

void print_policy_check(const LoadedConfig& loaded, const std::vector<Error>& errors,
                        const std::vector<RuleNote>& notes, const Common& common) {
  const Config& config = loaded.config;
  std::string out;
  for (const Error& error : errors) {
    out += visible(fmt::format("{} ({})", error.message, error.code), Lines::Escaped) + "\n";
    if (!error.next.empty()) out += "  " + visible(error.next, Lines::Escaped) + "\n";
  }
  for (const RuleNote& note : notes) {
    out +=
        visible(fmt::format("{}:{}: note: {}", config.path, note.line, note.text), Lines::Escaped) +
        "\n";
  }
  size_t rules = config.policy.rule_count();
  for (const ProfileConfig& profile : config.profiles) rules += profile.policy.rule_count();
  const std::string profiles =
      config.profiles.empty() ? "" : ", " + grouped(config.profiles.size(), "profile");
  if (errors.empty() && !common.quiet) {
    out += visible(fmt::format("{}: good; {}, {}{}, default {}", config.path,
                               grouped(config.servers.size(), "server"), grouped(rules, "rule"),
                               profiles, word(config.policy.fallback)),
                   Lines::Escaped) +
           "\n";
  }
  print(out);
}

int run_policy_check(const Common& common) {
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const LoadedConfig loaded = load_config(places->config_file, places->home);
  std::vector<ConfigError> found = loaded.errors;
  found.insert(found.end(), loaded.broken.begin(), loaded.broken.end());
  std::stable_sort(found.begin(), found.end(), [](const ConfigError& a, const ConfigError& b) {
    return std::pair(a.line, a.column) < std::pair(b.line, b.column);
  });
  std::vector<Error> errors(found.begin(), found.end());
  if (loaded.errors.empty()) {
    const Result<Rules> rules = compile_rules(loaded.config, *places);
    if (!rules) errors.push_back(rules.error());
  }
  const std::vector<RuleNote> notes =
      errors.empty() ? notes_of(loaded.config, places->state_dir) : std::vector<RuleNote>();
  if (common.json || common.jsonl) {
    print_json(policy_check_json(loaded, errors, notes));
  } else {
    print_policy_check(loaded, errors, notes, common);
  }
  return errors.empty() ? kDone : kFailed;
}

}  // namespace

Run add_policy_check(Syntax&) { return run_policy_check; }

}  // namespace callgate
