// What one session may: the global policy and its profile's are both decided and the stricter wins,
// so a profile only narrows.
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

/// A client's job description.
struct Profile {
  std::optional<std::set<std::string, std::less<>>> servers;  ///< what it sees; empty: all
  Policy policy;  ///< without the built-in rule, which the global one has
};
using Profiles = std::map<std::string, Profile, std::less<>>;

/// Of a session with the profile `name`; "": it has none, and the global policy is all. A profile
/// that is not configured may nothing. A ruling of the profile names it: `profile reviewer:
/// deny[0] …`, `profile reviewer: default`, `profile reviewer: servers`.
/// Both policies must outlive this, and stay where they are; any thread. `facts.profile` is set
/// here.
class Rights {
 public:
  Rights(const Policy& policy, const Profiles& profiles, std::string name);

  const std::string& profile() const { return name_; }
  bool sees_server(std::string_view server) const;
  /// False for what is refused whatever the arguments: this session's lists leave it out.
  bool lists(Facts facts) const;
  /// The global policy's needs and then those that only the profile has.
  std::vector<PathNeed> needs(Facts facts) const;
  /// needs() and decide() in one, which reads the arguments once. Empty: the paths in `needs` must
  /// be resolved first, for decide().
  std::optional<Decision> try_decide(Facts facts, std::vector<PathNeed>& needs) const;
  Decision decide(Facts facts, const RealPaths& paths) const;
  Explanation explain(Facts facts, const RealPaths& paths) const;

 private:
  /// What is denied before any rule: a server out of sight.
  std::optional<Decision> out_of_sight(std::string_view server) const;
  Decision named(Decision decision) const;
  RealPaths own_paths(const Facts& facts, const RealPaths& paths) const;
  /// The stricter of the global policy's decision and the profile's.
  Decision stricter(Decision global, Decision own) const;

  const Policy* policy_;
  std::string name_;
  const Profile* profile_;
};

}  // namespace callgate
