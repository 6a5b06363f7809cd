#include "callgate/policy/profiles.h"

namespace callgate {

namespace {

const Profile* find(const Profiles& profiles, const std::string& name) {
  const auto found = profiles.find(name);
  return found == profiles.end() ? nullptr : &found->second;
}

int weight(Permission permission) {
  switch (permission) {
    case Permission::Allow:
      return 0;
    case Permission::Ask:
      return 1;
    case Permission::Deny:
    case Permission::None:
      return 2;
  }
  return 2;
}

}  // namespace

Rights::Rights(const Policy& policy, const Profiles& profiles, std::string name)
    : policy_(&policy), name_(std::move(name)), profile_(find(profiles, name_)) {}

bool Rights::sees_server(std::string_view server) const {
  if (name_.empty()) return true;
  return profile_ && (!profile_->servers || profile_->servers->count(server) > 0);
}

std::optional<Decision> Rights::out_of_sight(std::string_view server) const {
  if (sees_server(server)) return std::nullopt;
  if (!profile_)
    return Decision{Permission::Deny, "profile " + name_, "no such profile is configured"};
  return Decision{Permission::Deny, "profile " + name_ + ": servers",
                  "the session's profile does not have this server"};
}

bool Rights::lists(Facts facts) const {
  facts.profile = name_;
  return sees_server(facts.server) && !policy_->always_denies(facts) &&
         !(profile_ && profile_->policy.always_denies(facts));
}

void Rights::collect(Facts facts, CallPaths& paths) const {
  facts.profile = name_;
  policy_->collect(facts, paths);
  if (profile_) profile_->policy.collect(facts, paths);
}

Decision Rights::named(Decision decision) const {
  decision.rule = "profile " + name_ + ": " + (decision.rule.empty() ? "default" : decision.rule);
  return decision;
}

Decision Rights::stricter(Decision global, Decision own) const {
  return weight(own.permission) > weight(global.permission) ? named(std::move(own)) : global;
}

std::optional<Decision> Rights::try_decide(Facts facts, CallPaths& paths) const {
  facts.profile = name_;
  if (auto unseen = out_of_sight(facts.server)) return unseen;
  std::optional<Decision> global = policy_->try_decide(facts, paths);
  if (!profile_ || (global && global->permission == Permission::Deny)) return global;
  std::optional<Decision> own = profile_->policy.try_decide(facts, paths);
  if (!global || !own) return std::nullopt;
  return stricter(*std::move(global), *std::move(own));
}

Decision Rights::decide(Facts facts, const CallPaths& paths) const {
  facts.profile = name_;
  if (auto unseen = out_of_sight(facts.server)) return *std::move(unseen);
  Decision global = policy_->decide(facts, paths);
  if (!profile_ || global.permission == Permission::Deny) return global;
  return stricter(std::move(global), profile_->policy.decide(facts, paths));
}

Explanation Rights::explain(Facts facts, const CallPaths& paths) const {
  facts.profile = name_;
  Explanation all = policy_->explain(facts, paths);
  all.decision = decide(facts, paths);
  if (name_.empty()) return all;
  const std::string head = "profile " + name_ + ": ";
  const bool has_server = sees_server(facts.server);
  all.steps.push_back(head + (!profile_    ? "is not configured"
                              : has_server ? "has this server"
                                           : "does not have this server"));
  if (!profile_) return all;
  const Explanation own = profile_->policy.explain(facts, paths);
  // The first step is the built-in rule, which was evaluated above.
  for (size_t i = 1; i < own.steps.size(); ++i) all.steps.push_back(head + own.steps[i]);
  return all;
}

}  // namespace callgate
