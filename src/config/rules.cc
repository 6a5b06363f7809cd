// Reads the rules of a `policy` object with their constraints, and checks everything that can be
// checked without knowing the servers' tools.
#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "callgate/base/text.h"
#include "reader.h"

namespace callgate {

namespace {

using Subject = RuleSpec::Subject;
using Kind = ArgConstraint::Kind;

const auto& kQuestions = *new std::vector<std::string>{"sampling", "elicitation", "roots", "*"};

// For these methods, rules with the keys "tool", "prompt" and "resource" decide. A rule with the
// key "method" never matches them.
const auto& kOfOtherRules = *new std::vector<std::string>{
    "tools/call",          "prompts/get",           "resources/read",
    "resources/subscribe", "resources/unsubscribe", "completion/complete"};

bool is_empty(Value container) {
  return (container.is_object() || container.is_array()) && !(container.begin() != container.end());
}

bool is_pointer(std::string_view key) {
  for (size_t i = 0; i < key.size(); ++i)
    if (key[i] == '~' && (i + 1 == key.size() || (key[i + 1] != '0' && key[i + 1] != '1')))
      return false;
  return true;
}

std::vector<std::string> read_folders(Reader& reader, const Place& at) {
  reader.constrain(at, R"("minItems":1)");
  std::vector<std::string> folders;
  for (const Place& element : reader.elements(at))
    if (auto folder = reader.folder(element)) folders.push_back(std::move(*folder));
  if (at.value.is_array() && is_empty(at.value))
    reader.fail(at, "config.value", "the list of folders is empty", "name at least one folder");
  return folders;
}

// Returns the JSON text of each value in the list. The policy compares values and not their texts,
// so 1 and 1.0 are equal.
std::vector<std::string> read_values(Reader& reader, const Place& at) {
  std::vector<std::string> values;
  const std::vector<Place> elements = reader.elements(at);
  reader.constrain(at, R"("minItems":1)");
  for (const Place& element : elements) {
    reader.describe(element, R"("type":["string","number","boolean","null"])");
    if (element.value.is_object() || element.value.is_array()) {
      reader.fail(element, "config.type", "must be a string, a number, true, false or null",
                  "list plain values");
    } else {
      values.emplace_back(element.value.raw());
    }
  }
  if (at.value.is_array() && elements.empty())
    reader.fail(at, "config.value", "the list of values is empty", "list at least one value");
  return values;
}

double read_bound(Reader& reader, const Place& at) {
  reader.describe(at, R"("type":"number")");
  const std::optional<double> bound = at.value.is_number() ? at.value.number() : std::nullopt;
  if (bound && std::isfinite(*bound)) return *bound;
  reader.fail(at, "config.type", "must be a number", "change it to a number");
  return 0;
}

std::optional<ArgConstraint> read_constraint(Reader& reader, const Place& at) {
  ArgConstraint constraint;
  constraint.key = at.value.key();
  if (constraint.key.rfind('/', 0) == 0 && !is_pointer(constraint.key))
    reader.fail(at, "config.value",
                "a key that begins with / must be a JSON pointer, and this key is not",
                "write ~0 for ~ and ~1 for /");
  size_t kinds = 0;
  const auto kind = [&](Kind which, auto read) {
    return [&, which, read](const Place& p) {
      constraint.kind = which;
      ++kinds;
      read(p);
    };
  };
  const auto folders = [&](const Place& p) { constraint.texts = read_folders(reader, p); };
  const auto pattern = [&](const Place& p) {
    if (auto one = reader.pattern(p)) constraint.texts = {std::move(*one)};
  };
  const auto values = [&](const Place& p) { constraint.texts = read_values(reader, p); };
  const auto bound = [&](const Place& p) { constraint.bound = read_bound(reader, p); };
  const auto absent = [&](const Place& p) {
    if (reader.describing()) return reader.describe(p, R"("const":true)");
    if (reader.flag(p) == false)
      reader.fail(p, "config.value", "can only be true",
                  "remove this argument from \"args\" instead");
  };
  if (at.value.is_object() && is_empty(at.value)) {
    reader.fail(at, "config.value", "the constraint is empty",
                "write a constraint such as {\"glob\": \"*.md\"}");
    return std::nullopt;
  }
  reader.constrain(at, R"("minProperties":1,"maxProperties":1)");
  reader.object(at, {{"inside", kind(Kind::Inside, folders)},
                     {"outside", kind(Kind::Outside, folders)},
                     {"glob", kind(Kind::Glob, pattern)},
                     {"regex", kind(Kind::Regex, pattern)},
                     {"in", kind(Kind::In, values)},
                     {"min", kind(Kind::Min, bound)},
                     {"max", kind(Kind::Max, bound)},
                     {"absent", kind(Kind::Absent, absent)}});
  if (kinds > 1)
    reader.fail(at, "config.value", "holds more than one constraint",
                "keep only one constraint for each argument");
  if (kinds != 1) return std::nullopt;
  const bool folders_only = constraint.kind == Kind::Inside || constraint.kind == Kind::Outside;
  if (constraint.key == "*" && !folders_only)
    reader.fail(at, "config.value", "\"*\" means every path in the arguments, so it needs folders",
                "write \"inside\" or \"outside\" with folders, or name the argument");
  return constraint;
}

std::vector<ArgConstraint> read_args(Reader& reader, const Place& at) {
  std::vector<ArgConstraint> args;
  reader.constrain(at, R"("minProperties":1)");
  for (const Place& member : reader.members(at))
    if (auto constraint = read_constraint(reader, member)) args.push_back(std::move(*constraint));
  if (at.value.is_object() && is_empty(at.value))
    reader.fail(at, "config.value", "names no argument", "name an argument, or leave \"args\" out");
  return args;
}

void check_rule(Reader& reader, const Place& at, const RuleSpec& rule) {
  size_t subjects = 0;
  for (const char* key : {"tool", "prompt", "resource", "server", "method"})
    if (at.value.find(key)) ++subjects;
  if (subjects != 1)
    reader.fail(at, "config.value",
                "must name exactly one of tool, prompt, resource, server and method",
                subjects == 0 ? "add one of these keys, such as \"tool\": \"*__delete_*\""
                              : "write a separate rule for each of these keys");
  const bool question = static_cast<bool>(at.value.find("question"));
  const bool server = static_cast<bool>(at.value.find("server"));
  if (server && !question)
    reader.fail(at, "config.value", "\"server\" is for a server's questions and needs \"question\"",
                fmt::format("add \"question\", or write \"tool\": \"{}__*\"", shown(rule.pattern)));
  if (question && !server)
    reader.fail(at, "config.value", "\"question\" needs \"server\"", "add \"server\": \"*\"");
  const bool calls = rule.subject == Subject::Tool || rule.subject == Subject::Prompt ||
                     rule.subject == Subject::Method;
  if (at.value.find("args") && !calls && subjects == 1)
    reader.fail(at, "config.value", "only tools, prompts and methods have arguments",
                "remove \"args\"");
  if (rule.subject == Subject::Method &&
      std::count(kOfOtherRules.begin(), kOfOtherRules.end(), rule.pattern) > 0)
    reader.fail(at, "config.value",
                fmt::format("\"method\" is for methods that MCP does not have, but MCP has {}",
                            shown(rule.pattern)),
                "use the key \"tool\", \"prompt\" or \"resource\" instead of \"method\"");
}

void read_rule_object(Reader& reader, const Place& at, RuleSpec& rule) {
  const auto subject = [&](Subject which) {
    return [&, which](const Place& p) {
      rule.subject = which;
      rule.pattern = reader.pattern(p).value_or("");
    };
  };
  reader.constrain(at,
                   R"("oneOf":[{"required":["tool"]},{"required":["prompt"]},)"
                   R"({"required":["resource"]},{"required":["server"]},{"required":["method"]}],)"
                   R"("dependentRequired":{"server":["question"],"question":["server"]})");
  Choices<std::string> questions;
  for (const std::string& word : kQuestions) questions.emplace_back(word, word);
  reader.object(
      at, {
              {"tool", subject(Subject::Tool)},
              {"prompt", subject(Subject::Prompt)},
              {"resource", subject(Subject::Resource)},
              {"server", subject(Subject::Question)},
              {"method", subject(Subject::Method)},
              {"question",
               [&](const Place& p) { rule.question = reader.choice(p, questions).value_or("*"); }},
              {"args", [&](const Place& p) { rule.args = read_args(reader, p); }},
              {"client", [&](const Place& p) { rule.client = reader.pattern(p).value_or(""); }},
              {"profile", [&](const Place& p) { rule.profile = reader.pattern(p).value_or(""); }},
              {"account", [&](const Place& p) { rule.account = reader.pattern(p).value_or(""); }},
              {"because", [&](const Place& p) { rule.because = reader.text(p).value_or(""); }},
          });
  check_rule(reader, at, rule);
}

RuleSpec read_rule(Reader& reader, const Place& at, const std::string& name) {
  RuleSpec rule;
  const Position position = reader.position_of(at.value);
  rule.line = position.line;
  rule.column = position.column;
  if (at.value.is_string() || reader.describing()) rule.pattern = reader.pattern(at).value_or("");
  if (at.value.is_object() || reader.describing()) {
    read_rule_object(reader, at, rule);
  } else if (!at.value.is_string()) {
    reader.fail(at, "config.type", "must be a name pattern or an object",
                "write a pattern such as \"*__delete_*\"");
  }
  rule.written = name + " " + shown(rule.pattern);
  if (rule.subject == Subject::Question) rule.written += " question " + rule.question;
  return rule;
}

std::vector<RuleSpec> read_list(Reader& reader, const Place& at, const std::string& name) {
  std::vector<RuleSpec> rules;
  for (const Place& element : reader.elements(at))
    rules.push_back(read_rule(reader, element, fmt::format("{}[{}]", name, rules.size())));
  return rules;
}

Position position_of(const RuleSpec& rule) { return {rule.line, rule.column}; }

bool has_wildcard(std::string_view text) {
  return text.find_first_of("*?") != std::string_view::npos;
}

bool cut_front(std::string_view& text, std::string_view front) {
  if (text.substr(0, front.size()) != front) return false;
  text.remove_prefix(front.size());
  return true;
}

/// The parameters of the checks of one policy: the policy's key, and the servers, profiles and
/// accounts that its rules may name.
struct Checked {
  Reader& reader;
  const std::string& key;
  const std::vector<std::string>& servers;
  const std::vector<std::string>& profiles;
  const std::vector<std::string>& accounts;

  std::string place(const RuleSpec& rule) const { return key + "." + rule.written; }
};

void fail_server(const Checked& in, const RuleSpec& rule, std::string_view server) {
  const std::optional<std::string> meant = nearest(server, in.servers);
  in.reader.fail(position_of(rule), in.place(rule), "config.unknown_server",
                 fmt::format("no server \"{}\" is configured", shown(server)),
                 meant ? fmt::format("did you mean \"{}\"?", *meant)
                       : "add the server to mcpServers, or correct the name");
}

// A user relies on deny rules. So a rule that can never match is an error.
void fail_never(const Checked& in, const RuleSpec& rule, std::string next) {
  in.reader.fail(position_of(rule), in.place(rule), "config.pattern",
                 "names no server, so it can never match", std::move(next));
}

bool begins_with_server(std::string_view pattern, std::string_view server) {
  return pattern.substr(0, server.size()) == server && pattern.substr(server.size(), 2) == "__";
}

void check_name_rule(const Checked& in, const RuleSpec& rule) {
  std::string_view pattern = rule.pattern;
  for (const std::string& server : in.servers)
    if (begins_with_server(pattern, server)) return;
  const bool prefixed = cut_front(pattern, "mcp__");
  if (prefixed) cut_front(pattern, "callgate__");
  for (const std::string& server : in.servers)
    if ((prefixed && pattern == server) || begins_with_server(pattern, server)) return;
  const size_t split = pattern.find("__");
  if (has_wildcard(pattern.substr(0, split))) return;
  if (prefixed && pattern == "callgate") return;
  if (split != std::string_view::npos || prefixed)
    return fail_server(in, rule, pattern.substr(0, split));
  fail_never(in, rule,
             contains(in.servers, pattern)
                 ? fmt::format("for the whole server write \"{}__*\"", pattern)
                 : fmt::format("for every server write \"*__{}\"", shown(pattern)));
}

void check_profile_of(const Checked& in, const RuleSpec& rule) {
  if (rule.profile.empty() || has_wildcard(rule.profile) || contains(in.profiles, rule.profile))
    return;
  const std::optional<std::string> meant = nearest(rule.profile, in.profiles);
  in.reader.fail(position_of(rule), in.place(rule), "config.unknown_profile",
                 fmt::format("no profile \"{}\" is configured", shown(rule.profile)),
                 meant ? fmt::format("did you mean \"{}\"?", *meant)
                       : "add the profile to profiles, or correct the name");
}

void check_account_of(const Checked& in, const RuleSpec& rule) {
  if (rule.account.empty() || has_wildcard(rule.account) || contains(in.accounts, rule.account))
    return;
  const std::optional<std::string> meant = nearest(rule.account, in.accounts);
  in.reader.fail(position_of(rule), in.place(rule), "config.unknown_account",
                 fmt::format("no server has an account \"{}\"", shown(rule.account)),
                 meant ? fmt::format("did you mean \"{}\"?", *meant)
                       : "add the account to \"accounts\" of a server, or correct the name");
}

}  // namespace

std::vector<std::string> account_names(const std::vector<ServerConfig>& servers) {
  std::vector<std::string> names;
  for (const ServerConfig& server : servers)
    if (server.remote)
      for (const AccountConfig& account : server.remote->accounts) names.push_back(account.name);
  return names;
}

PolicyConfig read_policy(Reader& reader, const Place& at) {
  PolicyConfig policy;
  const Choices<RuleList> defaults = {
      {"allow", RuleList::Allow}, {"ask", RuleList::Ask}, {"deny", RuleList::Deny}};
  reader.object(
      at, {
              {"default",
               [&](const Place& p) {
                 policy.fallback = reader.choice(p, defaults).value_or(RuleList::Deny);
               }},
              {"deny", [&](const Place& p) { policy.deny = read_list(reader, p, "deny"); }},
              {"ask", [&](const Place& p) { policy.ask = read_list(reader, p, "ask"); }},
              {"allow", [&](const Place& p) { policy.allow = read_list(reader, p, "allow"); }},
          });
  return policy;
}

void check_rule_names(Reader& reader, const PolicyConfig& policy, const std::string& key,
                      const std::vector<std::string>& profiles,
                      const std::vector<std::string>& accounts) {
  const Checked in{reader, key, policy.servers, profiles, accounts};
  for (const auto* rules : {&policy.deny, &policy.ask, &policy.allow}) {
    for (const RuleSpec& rule : *rules) {
      check_profile_of(in, rule);
      check_account_of(in, rule);
      if (rule.pattern.empty()) continue;  // an error was reported when the rule was read
      if (rule.subject == Subject::Question) {
        if (!has_wildcard(rule.pattern) && !contains(in.servers, rule.pattern))
          fail_server(in, rule, rule.pattern);
      } else if (rule.subject != Subject::Resource && rule.subject != Subject::Method) {
        check_name_rule(in, rule);
      }
    }
  }
}

void check_glob_count(Reader& reader, const Place& at, size_t count) {
  constexpr size_t kMost = 1000;
  if (count > kMost)
    reader.fail(at, "config.value", fmt::format("holds {} patterns", count),
                fmt::format("keep at most {}", kMost));
}

// These globs work like the globs of deny rules, so check_rule_names() finds their errors.
void check_tool_globs(Reader& reader, const std::string& key,
                      const std::vector<std::pair<Place, std::string>>& globs,
                      const std::vector<std::string>& servers) {
  PolicyConfig names;
  names.servers = servers;
  for (const auto& [place, glob] : globs) {
    const Position position = reader.position_of(place.value);
    RuleSpec rule;
    rule.subject = RuleSpec::Subject::Tool;
    rule.pattern = glob;
    rule.line = position.line;
    rule.column = position.column;
    rule.written =
        place.key.substr(key.size() + 1) + (place.value.is_string() ? "" : " " + shown(glob));
    names.deny.push_back(std::move(rule));
  }
  check_rule_names(reader, names, key, {}, {});
}

}  // namespace callgate
