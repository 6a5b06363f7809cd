#include "rule_book.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "callgate/base/glob.h"
#include "callgate/policy/uri_forms.h"

namespace callgate {

namespace {

using Subject = RuleSpec::Subject;

const char* own_words(RuleList list) {
  switch (list) {
    case RuleList::Deny:
      return "a rule of the configuration forbids this request";
    case RuleList::Ask:
      return "a rule of the configuration requires a person's decision on this request";
    case RuleList::Allow:
      return "a rule of the configuration allows this request";
  }
  return "";
}

bool is_name(Subject subject) {
  return subject == Subject::Tool || subject == Subject::Prompt || subject == Subject::Name;
}

}  // namespace

Permission permission_of(RuleList list) {
  switch (list) {
    case RuleList::Deny:
      return Permission::Deny;
    case RuleList::Ask:
      return Permission::Ask;
    case RuleList::Allow:
      return Permission::Allow;
  }
  return Permission::Deny;
}

std::shared_ptr<const KnownNames::RuleIds> KnownNames::find(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  const auto found = known_.find(key);
  return found == known_.end() ? nullptr : found->second;
}

void KnownNames::keep(std::string_view key, std::shared_ptr<const RuleIds> ids) {
  if (key.size() > kLongest) return;
  const std::lock_guard lock(mutex_);
  if (known_.size() >= kMost) known_.clear();
  known_.emplace(key, std::move(ids));
}

Result<RuleBook> RuleBook::compile(const PolicyConfig& config, const PolicyPlaces& places) {
  RuleBook book;
  const std::pair<const std::vector<RuleSpec>*, RuleList> lists[] = {
      {&config.deny, RuleList::Deny},
      {&config.ask, RuleList::Ask},
      {&config.allow, RuleList::Allow}};
  for (const auto& [specs, list] : lists) {
    for (const RuleSpec& spec : *specs) {
      const Status added = book.add(spec, list, config.servers, places);
      if (!added) return added.error();
    }
  }
  book.fill(book.tools_, Subject::Tool, config.servers);
  book.fill(book.prompts_, Subject::Prompt, config.servers);
  for (uint32_t id = 0; id < book.rules_.size(); ++id) {
    if (book.rules_[id].subject == Subject::Resource) book.resources_.push_back(id);
    if (book.rules_[id].subject == Subject::Question) book.questions_.push_back(id);
    if (book.rules_[id].subject == Subject::Method) book.methods_.push_back(id);
  }
  return book;
}

Status RuleBook::add(const RuleSpec& spec, RuleList list, const std::vector<std::string>& servers,
                     const PolicyPlaces& places) {
  Rule rule;
  rule.list = list;
  rule.subject = spec.subject;
  rule.client = spec.client;
  rule.profile = spec.profile;
  rule.account = spec.account;
  rule.question = spec.question;
  rule.decision = {permission_of(list), spec.written,
                   spec.because.empty() ? own_words(list) : spec.because};
  const std::vector<std::string> readings =
      is_name(spec.subject) ? canonical_readings(rule.side(), spec.pattern, servers)
                            : std::vector<std::string>{spec.pattern};
  for (const std::string& reading : readings) rule.patterns.emplace_back(reading, servers);
  if (spec.subject == Subject::Resource) rule.normal_pattern = normal_uri_pattern(spec.pattern);
  for (const ArgConstraint& arg : spec.args) {
    Result<Constraint> constraint = Constraint::compile(arg, rule.side(), places);
    if (!constraint) {
      Error error = constraint.error();
      error.message = fmt::format("line {}: {}: {}", spec.line, spec.written, error.message);
      return error;
    }
    rule.args.push_back(std::move(*constraint));
  }
  rules_.push_back(std::move(rule));
  return {};
}

void RuleBook::fill(Index& index, Subject subject, const std::vector<std::string>& servers) const {
  for (uint32_t id = 0; id < rules_.size(); ++id) {
    const Rule& rule = rules_[id];
    if (rule.subject != subject && rule.subject != Subject::Name) continue;
    index.all.push_back(id);
    for (const std::string& server : servers) {
      ServerRules& own = index.servers[server];
      for (const NamePattern& pattern : rule.patterns) {
        if (!pattern.could_name(server)) continue;
        RuleIds& ids = pattern.literal() ? own.literal[pattern.text()] : own.globs;
        if (ids.empty() || ids.back() != id) ids.push_back(id);
      }
    }
  }
}

RuleBook::Candidates RuleBook::candidates(const Index& index, std::string_view server,
                                          std::string_view joined) {
  static const auto& kNone = *new RuleIds;
  const auto own = index.servers.find(server);
  if (own == index.servers.end()) return {&kNone, &index.all};
  const auto literal = own->second.literal.find(joined);
  return {literal == own->second.literal.end() ? &kNone : &literal->second, &own->second.globs};
}

RuleBook::RuleIds RuleBook::compare(const Index& index, const Facts& facts) const {
  static const auto& kNone = *new RuleIds;
  const std::string joined = fmt::format("{}__{}", facts.server, facts.name);
  // A rule may contain the tool's name in the form that clients see. For most tools, this form
  // equals `joined`; then `client_name` is empty.
  const std::string client_name = in_client_characters(joined);
  const Candidates found = client_name.empty() ? candidates(index, facts.server, joined)
                                               : Candidates{&kNone, &index.all};
  RuleIds both, ids;
  std::set_union(found.literal->begin(), found.literal->end(), found.globs->begin(),
                 found.globs->end(), std::back_inserter(both));
  std::copy_if(both.begin(), both.end(), std::back_inserter(ids),
               [&](uint32_t id) { return names(rules_[id], facts, joined, client_name); });
  return ids;
}

std::shared_ptr<const RuleBook::RuleIds> RuleBook::named(const Facts& facts) const {
  static const auto& kNone = *new auto(std::make_shared<const RuleIds>());
  const bool prompt = facts.subject == Subject::Prompt;
  const Index& index = prompt ? prompts_ : tools_;
  if (index.all.empty()) return kNone;
  std::string key(prompt ? "p" : "t");
  key.append(facts.server).push_back('\0');  // no server's name has a NUL
  key.append(facts.name);
  if (auto known = known_->find(key)) return known;
  auto ids = std::make_shared<const RuleIds>(compare(index, facts));
  known_->keep(key, ids);
  return ids;
}

const RuleBook::RuleIds* RuleBook::few_of(Subject subject) const {
  switch (subject) {
    case Subject::Resource:
      return &resources_;
    case Subject::Question:
      return &questions_;
    case Subject::Method:
      return &methods_;
    case Subject::Name:
    case Subject::Tool:
    case Subject::Prompt:
      break;
  }
  return nullptr;
}

bool RuleBook::names(const Rule& rule, const Facts& facts, std::string_view joined,
                     std::string_view client_name) {
  if (facts.subject == Subject::Question) {
    const bool asked = rule.question == "*" || rule.question == facts.name;
    return asked && glob_matches(rule.patterns[0].text(), facts.server);
  }
  if (facts.subject == Subject::Method) return glob_matches(rule.patterns[0].text(), facts.name);
  return std::any_of(rule.patterns.begin(), rule.patterns.end(), [&](const NamePattern& pattern) {
    if (pattern.matches(rule.side(), facts.server, facts.name, joined)) return true;
    // Two pairs of server and tool may have the same form for clients. An allow rule must not allow
    // the wrong pair, so an allow rule is not compared with this form.
    return !client_name.empty() && rule.side() == Side::Strict &&
           glob_matches(pattern.text(), client_name);
  });
}

}  // namespace callgate
