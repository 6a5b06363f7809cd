// Helpers for the tests of the policy.
#pragma once

#include <doctest/doctest.h>

#include <map>
#include <string>
#include <utility>

#include "callgate/policy/policy.h"

namespace callgate {

/// A policy and a simulated file system. A path that is not in `links` resolves to itself.
class PolicyWorld {
 public:
  /// `rules` is the file's policy object. The servers are fs, github, a, a__b,
  /// and remote with the accounts work and home.
  explicit PolicyWorld(const std::string& rules, std::vector<std::string> protected_folders = {},
                       const PolicyPlaces& places = {})
      : policy_(compiled(rules, std::move(protected_folders), places)) {}

  std::map<std::string, std::string> links;  ///< path → real path; "" if it cannot be resolved
  std::string cwd = "/work/dir", client = "Cursor", account;
  std::string roots;  ///< a client's answer to roots/list
  bool may_write = true;

  Decision tool(const std::string& server, const std::string& name,
                const std::string& args = "{}") {
    return ask(RuleSpec::Subject::Tool, server, name, args);
  }
  Decision prompt(const std::string& server, const std::string& name) {
    return ask(RuleSpec::Subject::Prompt, server, name, "");
  }
  Decision resource(const std::string& server, const std::string& uri) {
    return ask(RuleSpec::Subject::Resource, server, uri, "");
  }
  Decision question(const std::string& server, const std::string& what) {
    return ask(RuleSpec::Subject::Question, server, what, "");
  }
  std::string permission(const std::string& server, const std::string& tool_name,
                         const std::string& args = "{}") {
    return name(tool(server, tool_name, args).permission);
  }
  std::vector<std::string> needs(const std::string& args) {
    const MessagePtr message = walked(args);
    CallPaths paths;
    policy_.collect(facts(RuleSpec::Subject::Tool, "fs", "read", message), paths);
    std::vector<std::string> texts;
    for (const PathNeed& need : paths.needs()) texts.push_back(need.path);
    return texts;
  }
  Explanation explain(const std::string& server, const std::string& tool_name,
                      const std::string& args) {
    const MessagePtr message = walked(args);
    const Facts about = facts(RuleSpec::Subject::Tool, server, tool_name, message);
    return policy_.explain(about, resolved(about));
  }
  bool hidden(const std::string& server, const std::string& tool_name) {
    return policy_.always_denies(facts(RuleSpec::Subject::Tool, server, tool_name, nullptr));
  }
  const Policy& policy() const { return policy_; }

 private:
  static Policy compiled(const std::string& rules, std::vector<std::string> protected_folders,
                         const PolicyPlaces& places) {
    const LoadedConfig loaded = parse_config(
        R"({"mcpServers": {"fs": {"command": "x"}, "remote": {"url": "https://h/mcp", "accounts": {"work": {}, "home": {}}}, "github": {"command": "x"}, "a": {"command": "x"}, "a__b": {"command": "x"}}, "policy": )" +
            rules + "}",
        "config.json", "/home/me");
    for (const Error& error : loaded.errors) FAIL(error.message);
    Result<Policy> policy =
        Policy::compile(loaded.config.policy, std::move(protected_folders), "/home/me", places);
    REQUIRE(policy);
    return std::move(*policy);
  }
  static MessagePtr walked(const std::string& json) {
    Walker walker;
    Result<MessagePtr> message = walker.walk(json);
    REQUIRE(message);
    return *message;
  }
  Facts facts(RuleSpec::Subject subject, std::string_view server, std::string_view subject_name,
              const MessagePtr& args) const {
    return {.subject = subject,
            .server = server,
            .name = subject_name,
            .args = args ? args->root() : Value(),
            .client = client,
            .account = account,
            .roots = roots,
            .may_write = may_write};
  }
  CallPaths resolved(const Facts& about) const {
    CallPaths paths;
    policy_.collect(about, paths);
    RealPaths real;
    for (const PathNeed& need : paths.needs()) {
      const std::string whole = need.path.front() == '/' ? need.path : cwd + "/" + need.path;
      const auto link = links.find(whole);
      if (link == links.end())
        real.emplace_back(whole.size() > 2 && whole.substr(whole.size() - 2) == "/." ? cwd : whole);
      else if (link->second.empty())
        real.emplace_back();
      else
        real.emplace_back(link->second);
    }
    paths.set_real(std::move(real));
    return paths;
  }
  Decision ask(RuleSpec::Subject subject, const std::string& server,
               const std::string& subject_name, const std::string& args) {
    const MessagePtr message = args.empty() ? nullptr : walked(args);
    const Facts about = facts(subject, server, subject_name, message);
    return policy_.decide(about, resolved(about));
  }

  Policy policy_;
};

}  // namespace callgate
