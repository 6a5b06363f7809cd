#include "policy_files.h"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "callgate/base/text.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "desktop/clients/files.h"
#include "desktop/documents/document.h"
#include "desktop/documents/toml.h"
#include "rule_sources.h"

namespace callgate {

namespace {

using Names = std::vector<std::string>;

constexpr size_t kMostPolicyFiles = 256;

struct PolicyRule {
  int tier = 0;         ///< of two rules that match, the rule with the lower tier decides
  double priority = 0;  ///< within a tier, the rule with the higher priority decides
  /// The server's name in the client's file; "*" for any server; empty if the server's name is part
  /// of `tool`.
  std::string server;
  std::string tool;  ///< "*" for any tool
  /// A key by which the rule requires something more than the tool's name. Empty if the rule
  /// applies to every call of the tool.
  std::string condition;
  RuleEffect effect = RuleEffect::Deny;
  std::string path;

  bool covers_callgate() const { return server == "*" && tool == "*"; }
};

std::optional<RuleEffect> decision_of(Value rule) {
  const Value decision = rule.find("decision");
  if (decision.text_is("deny")) return RuleEffect::Deny;
  if (decision.text_is("ask_user")) return RuleEffect::Ask;
  if (decision.text_is("allow")) return RuleEffect::Allow;
  return std::nullopt;
}

/// True if the rule applies only in some of the client's modes. If the list has all modes, the
/// result is false.
bool holds_in_some_modes(Value modes) {
  Names left{"default", "autoEdit", "plan", "yolo"};
  bool any = false;
  for (Value each : modes) {
    std::erase(left, each.text());
    any = true;
  }
  return any && !left.empty();
}

std::string condition_of(Value rule) {
  for (const char* key : {"argsPattern", "commandPrefix", "commandRegex", "interactive", "subagent",
                          "toolAnnotations"})
    if (rule.find(key)) return key;
  return holds_in_some_modes(rule.find("modes")) ? "modes" : "";
}

class PolicyReader {
 public:
  PolicyReader(const Machine& machine, ClientRules& out) : machine_(machine), out_(out) {}

  /// Returns the rules in the order in which the client tries them.
  std::vector<PolicyRule> read() {
    read_place(machine_.macos ? "/Library/Application Support/GeminiCli/policies"
                              : "/etc/gemini-cli/policies");
    ++tier_;
    Names places = named_places();
    if (places.empty()) places.push_back(machine_.home + "/.gemini/policies");
    for (const std::string& place : places) read_place(place);
    std::stable_sort(rules_.begin(), rules_.end(), [](const PolicyRule& a, const PolicyRule& b) {
      return std::pair(a.tier, -a.priority) < std::pair(b.tier, -b.priority);
    });
    return std::move(rules_);
  }

 private:
  /// Returns the files and folders with policies that the user's settings name. If they name any,
  /// the client reads them instead of its default folder.
  Names named_places() const {
    Names places;
    const auto file = read_file_state(machine_.home + "/.gemini/settings.json");
    if (!file || !file->bytes || only_blanks(*file->bytes)) return places;
    const auto settings = parse_jsonc(*file->bytes);
    if (!settings) return places;
    for (Value each : (*settings)->root().find("policyPaths"))
      if (!each.text().empty())
        places.push_back((std::filesystem::path(machine_.project) / each.text()).string());
    return places;
  }

  /// Reads a policy file, or all policy files in a folder.
  void read_place(const std::string& place) {
    std::error_code none;
    Names files;
    if (!std::filesystem::is_directory(place, none)) files.push_back(place);
    for (std::filesystem::directory_iterator each(place, none), end; !none && each != end;
         each.increment(none))
      files.push_back(each->path().string());
    std::erase_if(files, [](const std::string& file) { return !file.ends_with(".toml"); });
    std::sort(files.begin(), files.end());
    for (const std::string& file : files) {
      if (files_++ == kMostPolicyFiles)
        note(
            fmt::format("callgate reads only {} policy files, and there are more in {}; write the "
                        "rules of the other files into \"policy\" of callgate's configuration",
                        kMostPolicyFiles, place));
      if (files_ > kMostPolicyFiles) return;
      read_file(file);
    }
  }

  void read_file(const std::string& path) {
    path_ = path;
    const auto file = read_file_state(path);
    if (file && !file->bytes) return;
    const auto statements = file ? read_toml(*file->bytes) : file.error();
    if (!statements)
      return note(
          fmt::format("{} can't be read: {}; write the rules of this file into \"policy\" of "
                      "callgate's configuration",
                      path, statements.error().message));
    for (const std::string& rule : rules_of(*statements)) {
      Walker walker({.bytes = kLargestDesktopFile, .depth = 64});
      if (const auto message = walker.walk(rule)) take((*message)->root());
    }
  }

  /// Returns each rule as JSON. A rule is a table [[rule]] or an element of the inline list `rule`.
  static Names rules_of(const std::vector<TomlStatement>& statements) {
    Names rules;
    std::optional<JsonTree> open;
    const auto close = [&] {
      if (open) rules.push_back(open->json());
      open.reset();
    };
    for (const TomlStatement& each : statements) {
      if (each.path.front() != "rule") continue;
      const bool whole = each.path.size() == 1;
      if (whole) close();
      if (whole && each.kind == TomlStatement::Kind::ArrayOfTables) open.emplace();
      if (whole && each.kind == TomlStatement::Kind::Value) add_elements(each.json, rules);
      if (whole || !open) continue;
      each.kind == TomlStatement::Kind::Value ? open->put(each.path, 1, each.json)
                                              : open->open(each.path, 1);
    }
    close();
    return rules;
  }

  static void add_elements(const std::string& json, Names& rules) {
    Walker walker({.bytes = kLargestDesktopFile, .depth = 64});
    const auto message = walker.walk(json);
    if (message && (*message)->root().is_array())
      for (Value each : (*message)->root()) rules.emplace_back(each.raw());
  }

  void take(Value rule) {
    const auto effect = decision_of(rule);
    if (!effect) return;
    PolicyRule out{.tier = tier_,
                   .priority = rule.find("priority").number().value_or(0),
                   .server = rule.find("mcpName").text(),
                   .tool = {},
                   .condition = condition_of(rule),
                   .effect = *effect,
                   .path = path_};
    const Value tools = rule.find("toolName");
    if (tools.is_array())
      for (Value each : tools) add(out, each.text());
    else
      add(out, tools.text());
  }

  void add(PolicyRule rule, std::string tool) {
    if (rule.server.empty() && tool.empty()) return;
    if (rules_.size() == kMostRules || std::max(tool.size(), rule.server.size()) > kLongestRule)
      return note_left_out(path_);
    rule.tool = tool.empty() ? "*" : std::move(tool);
    constexpr std::string_view kAny = "mcp_*_";
    if (rule.server.empty() && rule.tool.starts_with(kAny)) rule.tool.erase(0, kAny.size());
    // The patterns "mcp_*" and "*" match the tools of every server.
    else if (rule.server.empty() && rule.tool == "mcp_*")
      rule.tool = "*";
    else if (rule.server.empty() && rule.tool != "*")
      return rules_.push_back(std::move(rule));
    if (rule.server.empty()) rule.server = "*";
    rules_.push_back(std::move(rule));
  }

  void note_left_out(const std::string& path) { note(rules_left_out(path)); }
  void note(std::string text) {
    if (!contains(out_.notes, text)) out_.notes.push_back(std::move(text));
  }

  const Machine& machine_;
  ClientRules& out_;
  int tier_ = 0;
  size_t files_ = 0;
  std::string path_;
  std::vector<PolicyRule> rules_;
};

/// Translates the rules about one server into our rules.
class ServerPolicy {
 public:
  ServerPolicy(const ServerNames& server, ClientRules& out) : server_(server), out_(out) {}

  void evaluate(const std::vector<PolicyRule>& rules) {
    for (const PolicyRule& rule : rules) {
      for (const std::string& tool : tools_of(rule)) ask(rule, tool);
      if (rest_) break;  // this rule matches every tool, so later rules have no effect
    }
    if (rest_ && rest_->effect == RuleEffect::Deny) return keep_exceptions();
    for (const auto& [tool, rule] : tools_) {
      if (rule->effect == RuleEffect::Deny) add(out_.deny, glob(tool));
      if (rule->effect == RuleEffect::Ask) add(out_.ask, glob(tool));
      if (rule->effect == RuleEffect::Allow) allowed(tool, *rule);
    }
    if (!rest_ || rest_->covers_callgate()) return;  // the client still applies this rule itself
    if (rest_->effect == RuleEffect::Ask) add(out_.ask, glob("*"));
    if (rest_->effect == RuleEffect::Allow) allowed("*", *rest_);
  }

 private:
  /// Returns the tools of this server that the rule is about.
  Names tools_of(const PolicyRule& rule) const {
    if (rule.server == "*" || rule.server == server_.theirs) return {rule.tool};
    Names tools;
    if (!rule.server.empty()) return tools;
    const std::string plain = in_tool_names(server_.theirs);
    for (const std::string& prefix :
         {"mcp_" + server_.theirs + "_", "mcp_" + plain + "_", server_.theirs + "__", plain + "__"})
      if (rule.tool.size() > prefix.size() && rule.tool.starts_with(prefix))
        add(tools, rule.tool.substr(prefix.size()));
    return tools;
  }

  void ask(const PolicyRule& rule, const std::string& tool) {
    if (!rule.condition.empty()) {
      if (!rule.covers_callgate()) depends(rule, tool);
    } else if (tool == "*") {
      rest_ = &rule;
    } else if (std::none_of(tools_.begin(), tools_.end(),
                            [&](const auto& each) { return each.first == tool; })) {
      tools_.emplace_back(tool, &rule);
    }
  }

  /// For a server whose other tools are all denied: shows only the tools that a rule allows or asks
  /// about.
  void keep_exceptions() {
    Names left;
    for (const auto& [tool, rule] : tools_) {
      if (rule->effect != RuleEffect::Deny) left.push_back(tool);
      if (rule->effect == RuleEffect::Ask) add(out_.ask, glob(tool));
    }
    if (left.empty())
      add(out_.deny, glob("*"));
    else
      out_.only[server_.ours] = left;
    if (rest_->covers_callgate())
      add(out_.notes,
          fmt::format(
              "a rule in {} denies every tool of callgate, too; to keep the tools that other rules "
              "allowed, write a rule with {}, decision = \"allow\" and a higher priority",
              rest_->path, shown_name(kOwnName)));
  }

  void allowed(const std::string& tool, const PolicyRule& rule) {
    const bool stricter = rest_ && rest_->effect == RuleEffect::Ask && !rest_->covers_callgate();
    if (stricter)
      return add(out_.notes, fmt::format("{} is allowed in {}, but after the import a stricter "
                                         "rule that also matches this decides",
                                         shown(tool), rule.path));
    add(out_.notes, fmt::format("the rule that allows {} in {} no longer has an effect; to allow "
                                "the same, write a rule with {}",
                                shown(tool), rule.path, ours(tool)));
  }

  void depends(const PolicyRule& rule, const std::string& tool) {
    add(out_.notes,
        fmt::format("the rule about {} in {} depends on {}, which callgate's rules do not have, so "
                    "the rule no longer has an effect; to keep its effect, write a rule with {}",
                    shown(tool), rule.path, rule.condition, ours(tool)));
  }

  std::string shown(const std::string& tool) const {
    return tool == "*" ? fmt::format("every tool of '{}'", server_.theirs)
                       : fmt::format("'{}' of '{}'", tool, server_.theirs);
  }
  static std::string shown_name(std::string_view name) {
    return "mcpName = " + JsonWriter().string(name).take();
  }
  /// Returns what the user has to write so that the rule matches our names. The client has no
  /// pattern for "all tools of one of callgate's servers", so the user must list each tool.
  std::string ours(const std::string& tool) const {
    const std::string name =
        JsonWriter().string(server_.ours + "__" + (tool == "*" ? "TOOL" : tool)).take();
    return tool == "*"
               ? fmt::format(
                     "{} and toolName = [{}, …] into this file, and list each of the server's "
                     "tools",
                     shown_name(kOwnName), name)
               : fmt::format("{} and toolName = {} into this file", shown_name(kOwnName), name);
  }

  std::string glob(const std::string& tool) const { return server_.ours + "__" + tool; }
  static void add(Names& to, std::string what) {
    if (!contains(to, what)) to.push_back(std::move(what));
  }

  const ServerNames& server_;
  ClientRules& out_;
  // For each tool, the first rule that names it.
  std::vector<std::pair<std::string, const PolicyRule*>> tools_;
  // The rule that decides about all tools that are not in `tools_`; nullptr if there is none.
  const PolicyRule* rest_ = nullptr;
};

}  // namespace

void read_policy_files(const Machine& machine, const std::vector<ServerNames>& servers,
                       ClientRules& out) {
  if (servers.empty()) return;
  const std::vector<PolicyRule> rules = PolicyReader(machine, out).read();
  for (const ServerNames& each : servers) ServerPolicy(each, out).evaluate(rules);
}

}  // namespace callgate
