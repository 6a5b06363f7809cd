// The compiled rules, and the search for the rules that name a tool, a prompt, a resource, a method
// or a question.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "callgate/policy/policy.h"
#include "constraint.h"
#include "names.h"

namespace callgate {

struct Rule {
  RuleList list{};
  RuleSpec::Subject subject{};
  std::vector<NamePattern> patterns;
  std::string client, profile, account, question;
  std::string normal_pattern;  ///< normal_uri_pattern() of a rule about resources
  std::vector<Constraint> args;
  Decision decision;  ///< the decision if the rule matches

  Side side() const { return list == RuleList::Allow ? Side::Lenient : Side::Strict; }
  bool has_conditions() const { return !args.empty() || !client.empty(); }
};

Permission permission_of(RuleList list);

struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <class T>
using ByText = std::unordered_map<std::string, T, TextHash, std::equal_to<>>;

/// Caches which rules name a tool or prompt. The cache is useful because calls repeat few names,
/// and comparing a name with every pattern takes longer than the rest of a decision. May be used on
/// any thread.
class KnownNames {
 public:
  using RuleIds = std::vector<uint32_t>;  // ascending
  /// When kMost names are cached, the cache is emptied before the next name is added. Names longer
  /// than kLongest bytes are not cached.
  static constexpr size_t kMost = 4096, kLongest = 256;

  /// Returns nullptr if the name is not cached.
  std::shared_ptr<const RuleIds> find(std::string_view key) const;
  void keep(std::string_view key, std::shared_ptr<const RuleIds> ids);

 private:
  mutable std::mutex mutex_;
  ByText<std::shared_ptr<const RuleIds>> known_;
};

/// The rules in the order deny, ask, allow, and within each list as in the file, so the first rule
/// that matches decides.
class RuleBook {
 public:
  static Result<RuleBook> compile(const PolicyConfig& rules, const PolicyPlaces& places);

  /// Visits the rules that name the subject, in order; `visit` returns false to stop. The patterns
  /// of resource rules are not compared at this point, because that needs real paths.
  template <class Visit>
  void for_each_named(const Facts& facts, const Visit& visit) const;
  bool has_resource_rules() const { return !resources_.empty(); }

 private:
  using RuleIds = KnownNames::RuleIds;
  // The rules whose patterns can match tools or prompts of one server.
  struct ServerRules {
    ByText<RuleIds> literal;  // by `server__name`
    RuleIds globs;
  };
  struct Index {
    ByText<ServerRules> servers;
    RuleIds all;  // for a server that is not configured
  };
  // Two ascending lists of ids. They are visited like one merged list.
  struct Candidates {
    const RuleIds* literal;
    const RuleIds* globs;
  };

  Status add(const RuleSpec& spec, RuleList list, const std::vector<std::string>& servers,
             const PolicyPlaces& places);
  void fill(Index& index, RuleSpec::Subject subject, const std::vector<std::string>& servers) const;
  static Candidates candidates(const Index& index, std::string_view server,
                               std::string_view joined);
  /// Returns the rules that name a tool or prompt.
  std::shared_ptr<const RuleIds> named(const Facts& facts) const;
  RuleIds compare(const Index& index, const Facts& facts) const;
  /// Returns the rules about resources, questions or methods. There are few of these rules, so they
  /// have no index. Returns nullptr for tools and prompts.
  const RuleIds* few_of(RuleSpec::Subject subject) const;
  /// `client_name` is in_client_characters(joined).
  static bool names(const Rule& rule, const Facts& facts, std::string_view joined,
                    std::string_view client_name);

  std::vector<Rule> rules_;
  Index tools_, prompts_;
  RuleIds resources_, questions_, methods_;
  std::unique_ptr<KnownNames> known_ = std::make_unique<KnownNames>();
};

template <class Visit>
void RuleBook::for_each_named(const Facts& facts, const Visit& visit) const {
  using Subject = RuleSpec::Subject;
  if (const RuleIds* few = few_of(facts.subject)) {
    const bool by_uri = facts.subject == Subject::Resource;
    for (const uint32_t id : *few)
      if ((by_uri || names(rules_[id], facts, {}, {})) && !visit(rules_[id])) return;
    return;
  }
  const std::shared_ptr<const RuleIds> ids = named(facts);
  for (const uint32_t id : *ids)
    if (!visit(rules_[id])) return;
}

}  // namespace callgate
