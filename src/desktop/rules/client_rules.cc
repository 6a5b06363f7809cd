#include "client_rules.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "callgate/base/text.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "desktop/clients/files.h"
#include "desktop/documents/document.h"
#include "desktop/documents/yaml_text.h"
#include "policy_files.h"
#include "rule_sources.h"

namespace callgate {

namespace {

void add(std::vector<std::string>& to, std::string what) {
  if (!contains(to, what)) to.push_back(std::move(what));
}

bool matches_whole(std::string_view glob, std::string_view text) {
  const auto left = glob_after(glob, text);
  return std::any_of(left.begin(), left.end(), [](const std::string& each) {
    return each.find_first_not_of('*') == std::string::npos;
  });
}

/// Parses that part of a settings file in which `source` has its rules.
Result<MessagePtr> read_rules(const RuleSource& source, const std::string& bytes) {
  if (!source.path.ends_with(".yaml")) return parse_jsonc(bytes);
  const std::string_view wanted = source.keys.front();
  const auto place = read_yaml(bytes, wanted);
  if (!place) return place.error();
  return parse_jsonc(*place ? "{" + quote(wanted) + ":" + (*place)->json + "}" : "{}");
}

/// Returns the name of one of our tools in the form that the client's rules use.
std::string name_through_callgate(RuleGrammar grammar, const std::string& tool) {
  if (grammar == RuleGrammar::Call) return fmt::format("Mcp({}:{})", kOwnName, tool);
  if (grammar == RuleGrammar::Underscore) return fmt::format("{}_{}", kOwnName, tool);
  if (grammar == RuleGrammar::Gemini) return fmt::format("mcp_{}_{}", kOwnName, tool);
  if (grammar == RuleGrammar::Extension) return fmt::format("{}__{}", kOwnName, tool);
  if (grammar == RuleGrammar::Colon) return fmt::format("mcp:{}:{}", kOwnName, tool);
  return fmt::format("mcp__{}__{}", kOwnName, tool);
}

/// True if a rule of the client also matches every tool of callgate. Then the client itself still
/// applies the rule, so the rule needs no translation.
bool covers_callgate(RuleGrammar grammar, std::string_view rule) {
  return contains(glob_after(rule, name_through_callgate(grammar, "")), "*");
}

class RulesReader {
 public:
  RulesReader(const FoundFile& file, const Machine& machine,
              const std::vector<ServerNames>& servers)
      : file_(file), machine_(machine), servers_(servers) {}

  void read(const RuleSource& source, const std::string& path, Value root) {
    path_ = path;
    Value at = root;
    for (const std::string_view key : source.keys)
      at = at.find(key == "." ? std::string_view(machine_.project) : key);
    left_ = kMostRules;
    if (at.is_array())
      for (Value each : at)
        if (may_read(each.text())) list_element(source, each);
    if (at.is_array() && source.effect == RuleEffect::Only) keep_listed(at);
    if (at.is_object() && source.grammar == RuleGrammar::Underscore) last_wins(at);
    if (at.is_string() && source.grammar == RuleGrammar::Underscore) apply("*", at);
    if (at.is_object() && source.grammar == RuleGrammar::Colon) colons(source, at);
    if (at.is_object() && source.grammar == RuleGrammar::Agents) agents(at);
  }

  ClientRules take() { return std::move(out_); }

 private:
  bool may_read(const std::string& rule) {
    const bool may = left_ > 0 && rule.size() <= kLongestRule;
    if (!may) add(out_.notes, rules_left_out(path_));
    if (left_ > 0) --left_;
    return may;
  }

  void list_element(const RuleSource& source, Value element) {
    if (source.grammar == RuleGrammar::Server) {
      const std::string name = server_in(element);
      for (const ServerNames& each : servers_)
        if (source.effect == RuleEffect::Off && each.theirs == name) add(out_.off, each.ours);
      return;
    }
    const std::string rule = element.text();
    if (source.effect == RuleEffect::Ask && covers_callgate(source.grammar, rule)) return;
    std::vector<std::string> globs;
    for (const ServerNames& each : servers_) globs_of(source.grammar, rule, each, globs);
    for (std::string& glob : globs) add_rule(source, rule, std::move(glob));
  }

  static std::string server_in(Value element) {
    if (!element.is_object()) return element.text();
    const Value name = element.find("serverName");
    return (name ? name : element.find("name")).text();
  }

  /// Switches off the servers that the client's list of allowed servers does not name. If the list
  /// is empty, the client starts all servers.
  void keep_listed(Value list) {
    std::vector<std::string> names;
    for (Value each : list) names.push_back(server_in(each));
    if (names.empty() || contains(names, "*")) return;
    if (path_ != file_.path && !contains(names, kOwnName))
      add(out_.notes,
          fmt::format("{} starts only the servers that a list in {} names: add \"{}\" to this list",
                      file_.client->title, path_, kOwnName));
    for (const ServerNames& each : servers_)
      if (!contains(names, each.theirs)) add(out_.off, each.ours);
  }

  void globs_of(RuleGrammar grammar, std::string rule, const ServerNames& server,
                std::vector<std::string>& globs) const {
    const auto after = [&](const std::string& prefix) {
      for (const std::string& rest : glob_after(rule, prefix))
        add(globs, server.ours + "__" + (rest.empty() ? "*" : rest));
    };
    if (grammar == RuleGrammar::Extension) {
      after(server.theirs + "__");
      return after(in_tool_names(goose_key(server.theirs)) + "__");
    }
    const std::string name = in_tool_names(server.theirs);
    if (grammar == RuleGrammar::Call) {
      if (!rule.starts_with("Mcp(") || !rule.ends_with(")")) return;
      rule = rule.substr(4, rule.size() - 5);
      return after(server.theirs + ":");
    }
    // A rule with arguments in brackets ("Bash(git *)") is about a tool of the client itself, so
    // only the name before the bracket is compared.
    if (const size_t open = rule.find('('); open != std::string::npos) rule.resize(open);
    if (grammar == RuleGrammar::DoubleUnderscore) {
      if (matches_whole(rule, "mcp__" + name)) add(globs, server.ours + "__*");
      return after("mcp__" + name + "__");
    }
    const size_t before = globs.size();
    for (const std::string& prefix : {"mcp_" + name + "_", "mcp__" + name + "__", name + "__"})
      after(prefix);
    const bool names_no_server = !rule.starts_with("mcp_") && rule.find("__") == std::string::npos;
    if (globs.size() == before && names_no_server && !rule.empty())
      add(globs, server.ours + "__" + rule);
  }

  void add_rule(const RuleSource& source, const std::string& rule, std::string glob) {
    if (source.effect == RuleEffect::Deny)
      add(out_.deny, std::move(glob));
    else if (source.effect == RuleEffect::Ask)
      add(out_.ask, std::move(glob));
    else if (source.effect == RuleEffect::Allow)
      allowed(rule, name_through_callgate(source.grammar, glob));
  }

  /// Callgate does not import rules by which the client allows a tool without asking. Writes a note
  /// with the tool's new name, so that the user can allow the tool again in the client's settings.
  void allowed(const std::string& rule, const std::string& now) {
    add(out_.notes, fmt::format("the rule \"{}\" in {} no longer has an effect; to allow the same "
                                "tools again, write \"{}\" into this file",
                                rule, path_, now));
  }

  /// Reads the effect of a rule: "allow", "ask", "confirm", "deny", true or false; nullopt for any
  /// other value.
  static std::optional<RuleEffect> effect_of(Value value) {
    if (value.text_is("deny") || value.boolean() == false) return RuleEffect::Deny;
    if (value.text_is("ask") || value.text_is("confirm")) return RuleEffect::Ask;
    if (value.text_is("allow") || value.boolean() == true) return RuleEffect::Allow;
    return std::nullopt;
  }

  void last_wins(Value rules) {
    for (Value each : rules) {
      // If a rule's value is an object, its keys are patterns on arguments. Only the key "*" is
      // about all arguments.
      const Value inner = each.is_object() ? each.find("*") : each;
      if (may_read(each.key())) apply(each.key(), inner);
    }
  }

  /// Callgate can't distinguish the agents within a client, so the client itself must apply the
  /// rules of a single agent. Writes notes with the new names of the tools in these rules.
  void agents(Value all) {
    for (Value agent : all)
      for (const std::string_view key : {"tools", "permission"})
        if (const Value rules = agent.find(key); rules.is_object())
          for (Value each : rules) name_for_agent(agent.key(), each);
  }

  void name_for_agent(const std::string& agent, Value rule) {
    const std::string pattern = rule.key();
    if (!effect_of(rule.is_object() ? rule.find("*") : rule) || !may_read(pattern)) return;
    if (covers_callgate(RuleGrammar::Underscore, pattern)) return;
    for (const ServerNames& each : servers_)
      for (const std::string& rest : glob_after(pattern, in_tool_names(each.theirs) + "_"))
        add(out_.notes,
            fmt::format("the rule \"{}\" of the agent '{}' in {} no longer has an effect; to keep "
                        "its effect, write \"{}\" into this file",
                        pattern, agent, path_,
                        name_through_callgate(RuleGrammar::Underscore,
                                              each.ours + "__" + (rest.empty() ? "*" : rest))));
  }

  void apply(const std::string& pattern, Value value) {
    const auto effect = effect_of(value);
    if (!effect) return;
    if (covers_callgate(RuleGrammar::Underscore, pattern)) client_goes_on(pattern, *effect);
    for (const ServerNames& each : servers_)
      for (std::string& rest : glob_after(pattern, in_tool_names(each.theirs) + "_"))
        apply_to(each, rest.empty() ? "*" : std::move(rest), *effect);
  }

  /// Handles a rule that also matches all tools of callgate. The client itself still applies such a
  /// rule.
  void client_goes_on(const std::string& pattern, RuleEffect effect) {
    client_asks_ = effect == RuleEffect::Ask;
    if (effect == RuleEffect::Deny && !servers_.empty())
      add(out_.notes,
          fmt::format("the rule \"{}\" in {} denies every tool of callgate, too; to keep the tools "
                      "that other rules allowed, write \"{}\": \"allow\" after this rule",
                      pattern, path_, name_through_callgate(RuleGrammar::Underscore, "*")));
  }

  void apply_to(const ServerNames& server, std::string tool, RuleEffect effect) {
    const std::string glob = server.ours + "__" + tool;
    const auto only = out_.only.find(server.ours);
    // The last rule decides, so this rule replaces the earlier rules about this server.
    if (tool == "*") {
      forget(server.ours + "__");
      out_.only.erase(server.ours);
      if (effect == RuleEffect::Deny) out_.only[server.ours];
      if (effect == RuleEffect::Ask && !client_asks_) add(out_.ask, glob);
    } else if (effect == RuleEffect::Allow && only != out_.only.end()) {
      add(only->second, std::move(tool));
    } else if (effect == RuleEffect::Allow) {
      std::erase(out_.deny, glob);
      std::erase(out_.ask, glob);
      if (client_asks_)
        allowed(tool, name_through_callgate(RuleGrammar::Underscore, glob));
      else if (covers(out_.deny, server) || covers(out_.ask, server))
        add(out_.notes, fmt::format("the tool \"{}\" is allowed in {}, but after the import a "
                                    "stricter rule that also matches this tool decides",
                                    tool, path_));
    } else {
      add(effect == RuleEffect::Deny ? out_.deny : out_.ask, glob);
      if (effect == RuleEffect::Ask && only != out_.only.end()) add(only->second, std::move(tool));
    }
  }

  static bool covers(const std::vector<std::string>& globs, const ServerNames& server) {
    return std::any_of(globs.begin(), globs.end(), [&](const std::string& glob) {
      return glob.starts_with(server.ours + "__") && glob.find('*') != std::string::npos;
    });
  }

  void forget(const std::string& prefix) {
    for (auto* globs : {&out_.deny, &out_.ask})
      std::erase_if(*globs, [&](const std::string& glob) { return glob.starts_with(prefix); });
  }

  void colons(const RuleSource& source, Value tools) {
    for (Value each : tools) {
      const auto effect = effect_of(each.find("default"));
      if (!effect || !may_read(each.key())) continue;
      RuleSource rule = source;
      rule.effect = *effect;
      for (const ServerNames& server : servers_)
        for (const std::string& rest : glob_after(each.key(), "mcp:" + server.theirs + ":"))
          add_rule(rule, each.key(), server.ours + "__" + (rest.empty() ? "*" : rest));
    }
  }

  const FoundFile& file_;
  const Machine& machine_;
  const std::vector<ServerNames>& servers_;
  std::string path_;
  size_t left_ = 0;           // how many more rules of this list may be read
  bool client_asks_ = false;  // the client also asks the user before it calls a tool of callgate
  ClientRules out_;
};

}  // namespace

std::string rules_left_out(const std::string& path) {
  return fmt::format(
      "rules in {} were left out: callgate reads at most {} rules of a list, each of at most {} "
      "bytes; write the rules that were left out into \"policy\" of callgate's configuration",
      path, kMostRules, kLongestRule);
}

ClientRules read_client_rules(const FoundFile& file, const Machine& machine,
                              const std::vector<ServerNames>& servers) {
  RulesReader reader(file, machine, servers);
  for (const RuleSource& source : rule_sources()) {
    if (source.client != file.client->id) continue;
    const std::string path = expanded_path(source.path, machine);
    const auto text = read_file_state(path);
    if (!text || !text->bytes || only_blanks(*text->bytes)) continue;
    const auto message = read_rules(source, *text->bytes);
    if (message) reader.read(source, path, (*message)->root());
  }
  ClientRules rules = reader.take();
  if (file.client->id == "gemini") read_policy_files(machine, servers, rules);
  return rules;
}

}  // namespace callgate
