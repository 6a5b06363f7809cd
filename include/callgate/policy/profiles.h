// What one session may do. Both the global policy and the policy of the session's profile decide,
// and the stricter of the two decisions counts. So a profile can only take rights away.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/policy/policy.h"

namespace callgate {

/// What the sessions of a profile may see and do.
struct Profile {
  /// The servers that the session sees; nullopt means all servers.
  std::optional<std::set<std::string, std::less<>>> servers;
  Policy policy;                 ///< without the built-in rule, which the global policy has
  ChosenAccounts accounts = {};  ///< for the other remote servers, the session's folder decides
};
using Profiles = std::map<std::string, Profile, std::less<>>;

/// The rights of a session with the profile `name`. If the name is empty, the session has no
/// profile and the global policy alone applies. A profile that is not configured has no rights. A
/// decision of the profile names it: `profile reviewer: deny[0] …`, `profile reviewer: default`,
/// `profile reviewer: servers`.
/// Both policies must outlive this object and keep their addresses. May be used on any thread. The
/// functions set `facts.profile` themselves.
class Rights {
 public:
  Rights(const Policy& policy, const Profiles& profiles, std::string name);

  const std::string& profile() const { return name_; }
  bool sees_server(std::string_view server) const;
  /// Returns whether this session's lists contain the tool. They leave it out if every call of it
  /// would be refused, whatever its arguments.
  bool lists(Facts facts) const;
  /// Like the functions of Policy, for both policies. All paths of a call are in one CallPaths.
  void collect(Facts facts, CallPaths& paths) const;
  std::optional<Decision> try_decide(Facts facts, CallPaths& paths) const;
  Decision decide(Facts facts, const CallPaths& paths) const;
  Explanation explain(Facts facts, const CallPaths& paths) const;

 private:
  /// Denies a call to a server that the profile does not have, before any rule is evaluated.
  std::optional<Decision> out_of_sight(std::string_view server) const;
  Decision named(Decision decision) const;
  /// Returns the stricter one of two decisions: the global policy's and the profile's.
  Decision stricter(Decision global, Decision own) const;

  const Policy* policy_;
  std::string name_;
  const Profile* profile_;
};

}  // namespace callgate
