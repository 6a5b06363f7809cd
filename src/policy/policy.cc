#include "callgate/policy/policy.h"

#include "evaluation.h"
#include "paths.h"

namespace callgate {

struct Policy::Impl {
  Law law;
};

Policy::Policy(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Policy::Policy(Policy&&) noexcept = default;
Policy& Policy::operator=(Policy&&) noexcept = default;
Policy::~Policy() = default;

Result<Policy> Policy::compile(const PolicyConfig& rules,
                               std::vector<std::string> protected_folders, std::string home,
                               const PolicyPlaces& places) {
  Result<RuleBook> book = RuleBook::compile(rules, places);
  if (!book) return book.error();
  std::vector<std::string> real;
  for (const std::string& folder : protected_folders)
    real.push_back(places.resolve_folder ? places.resolve_folder(folder).path : folder);
  OwnFiles own(protected_folders, real, home);
  const Decision fallback = {permission_of(rules.fallback), "",
                             rules.fallback == RuleList::Allow
                                 ? ""
                                 : "no rule matches, so the configured default decides"};
  return Policy(std::unique_ptr<Impl>(
      new Impl{Law{std::move(*book), fallback, std::move(own), std::move(home), places.servers}}));
}

void Policy::collect(const Facts& facts, CallPaths& paths) const {
  Evaluation(impl_->law, facts, paths).collect(paths);
}

std::optional<Decision> Policy::try_decide(const Facts& facts, CallPaths& paths) const {
  Evaluation evaluation(impl_->law, facts, paths);
  evaluation.collect(paths);
  if (!paths.empty()) return std::nullopt;
  return evaluation.decide();
}

Decision Policy::decide(const Facts& facts, const CallPaths& paths) const {
  return Evaluation(impl_->law, facts, paths).decide();
}

Explanation Policy::explain(const Facts& facts, const CallPaths& paths) const {
  Evaluation evaluation(impl_->law, facts, paths);
  Explanation explanation{decide(facts, paths), {}};
  const std::optional<Decision> own = evaluation.built_in();
  explanation.steps.push_back(std::string(kBuiltIn) + ": " +
                              (own ? "matches, " + own->because : "no"));
  impl_->law.book.for_each_named(facts, [&](const Rule& rule) {
    explanation.steps.push_back(evaluation.step(rule));
    return true;
  });
  explanation.steps.push_back(std::string("default: ") + name(evaluation.fallback().permission));
  return explanation;
}

const std::string& Policy::home() const { return impl_->law.home; }

bool Policy::always_denies(const Facts& facts) const {
  bool denied = false, chance = false;
  const CallPaths none;
  Evaluation evaluation(impl_->law, facts, none);
  impl_->law.book.for_each_named(facts, [&](const Rule& rule) {
    if (facts.profile && !evaluation.profile_fits(rule)) return true;
    if (!evaluation.account_fits(rule)) return true;
    const bool conditional = rule.has_conditions() || (!rule.profile.empty() && !facts.profile);
    if (rule.list != RuleList::Deny) {
      chance = true;
    } else if (!conditional) {
      denied = rule.subject != RuleSpec::Subject::Resource || evaluation.names_uri(rule);
    }
    return !denied;
  });
  return denied || (!chance && evaluation.fallback().permission == Permission::Deny);
}

}  // namespace callgate
