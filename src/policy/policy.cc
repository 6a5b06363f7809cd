// Compiling rules, finding those that name a call, and the verdict.
#include "callgate/policy/policy.h"

#include <fmt/core.h>

#include <algorithm>
#include <unordered_map>

#include "constraint.h"
#include "names.h"
#include "paths.h"

namespace callgate {

namespace {

using Subject = RuleSpec::Subject;

constexpr size_t kMostPathLike = 256;
constexpr const char* kBuiltIn = "built-in: callgate's own files";

struct Rule {
  RuleList list{};
  Subject subject{};
  std::vector<NamePattern> patterns;
  std::string client, question;
  std::vector<Constraint> args;
  Decision decision;

  Side side() const { return list == RuleList::Allow ? Side::Lenient : Side::Strict; }
  bool has_conditions() const { return !args.empty() || !client.empty(); }
};

using RuleIds = std::vector<uint32_t>;  // ascending: deny, ask, allow, each in the file's order

struct Hash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
};
template <class T>
using ByText = std::unordered_map<std::string, T, Hash, std::equal_to<>>;

// The rules that can name something of one server.
struct ServerRules {
  ByText<RuleIds> literal;  // by the joined name
  RuleIds globs;
};

struct Index {
  ByText<ServerRules> servers;
  RuleIds all;  // for a server that was not configured
};

Verdict verdict_of(RuleList list) {
  switch (list) {
    case RuleList::Deny:
      return Verdict::Deny;
    case RuleList::Ask:
      return Verdict::Ask;
    case RuleList::Allow:
      return Verdict::Allow;
  }
  return Verdict::Deny;
}

std::string own_words(RuleList list) {
  switch (list) {
    case RuleList::Deny:
      return "a rule of the configuration forbids it";
    case RuleList::Ask:
      return "a rule of the configuration wants a person to decide";
    case RuleList::Allow:
      return "a rule of the configuration allows it";
  }
  return "";
}

bool is_name(Subject subject) {
  return subject == Subject::Tool || subject == Subject::Prompt || subject == Subject::Name;
}

Decision deny_built_in(std::string because) {
  return {Verdict::Deny, kBuiltIn, std::move(because)};
}

// What a pattern is compared with: the URI as written, and with its escapes undone once and its
// scheme in lower case.
std::vector<std::string> uri_forms(std::string_view uri) {
  std::vector<std::string> forms = {std::string(uri)};
  std::string plain = percent_decoded(uri);
  for (size_t i = 0; i < plain.size() && plain[i] != ':' && plain[i] != '/'; ++i)
    if (plain[i] >= 'A' && plain[i] <= 'Z') plain[i] = static_cast<char>(plain[i] - 'A' + 'a');
  if (plain != forms[0]) forms.push_back(std::move(plain));
  return forms;
}

}  // namespace

struct Policy::Impl {
  std::vector<Rule> rules;
  Index tools, prompts;
  RuleIds resources, questions;
  Decision fallback;
  std::vector<std::string> protected_folders;
  std::string home;

  // The paths of one call and their answers, made when the first rule asks.
  class Paths {
   public:
    Paths(const Impl& impl, const Facts& facts, const RealPaths& answers)
        : impl_(impl), facts_(facts), answers_(answers) {}
    const PathTable& table() {
      if (!made_) table_ = impl_.collect(facts_);
      made_ = true;
      table_.set_answers(answers_);
      return table_;
    }

   private:
    const Impl& impl_;
    const Facts& facts_;
    const RealPaths& answers_;
    PathTable table_;
    bool made_ = false;
  };

  Status add(const RuleSpec& spec, RuleList list, const std::vector<std::string>& servers);
  void index(Index& index, Subject subject, const std::vector<std::string>& servers) const;
  template <class Visit>
  void for_each_named(const Facts& facts, const Visit& visit) const;
  bool names(const Rule& rule, const Facts& facts, std::string_view joined) const;
  bool client_fits(const Rule& rule, const Facts& facts) const;
  Truth judge(const Rule& rule, const Facts& facts, Paths& paths) const;
  Truth judge_uri(const Rule& rule, const Facts& facts, Paths& paths) const;
  Truth judge_args(const Rule& rule, const Facts& facts, Paths& paths) const;
  bool matches(const Rule& rule, const Facts& facts, Paths& paths) const;
  std::optional<Decision> built_in(const Facts& facts, Paths& paths) const;
  PathTable collect(const Facts& facts) const;
  Decision default_for(const Facts& facts) const;
  std::string step(const Rule& rule, const Facts& facts, Paths& paths) const;
};

Status Policy::Impl::add(const RuleSpec& spec, RuleList list,
                         const std::vector<std::string>& servers) {
  Rule rule;
  rule.list = list;
  rule.subject = spec.subject;
  rule.client = spec.client;
  rule.question = spec.question;
  rule.decision = {verdict_of(list), spec.written,
                   spec.because.empty() ? own_words(list) : spec.because};
  const std::vector<std::string> readings =
      is_name(spec.subject) ? canonical_readings(rule.side(), spec.pattern, servers)
                            : std::vector<std::string>{spec.pattern};
  for (const std::string& reading : readings) rule.patterns.emplace_back(reading, servers);
  for (const ArgConstraint& arg : spec.args) {
    Result<Constraint> constraint = Constraint::compile(arg, rule.side());
    if (!constraint) {
      Error error = constraint.error();
      error.message = fmt::format("line {}: {}: {}", spec.line, spec.written, error.message);
      return error;
    }
    rule.args.push_back(std::move(*constraint));
  }
  rules.push_back(std::move(rule));
  return {};
}

void Policy::Impl::index(Index& index, Subject subject,
                         const std::vector<std::string>& servers) const {
  for (uint32_t id = 0; id < rules.size(); ++id) {
    const Rule& rule = rules[id];
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

bool Policy::Impl::names(const Rule& rule, const Facts& facts, std::string_view joined) const {
  return std::any_of(rule.patterns.begin(), rule.patterns.end(), [&](const NamePattern& pattern) {
    return pattern.matches(rule.side(), facts.server, facts.name, joined);
  });
}

bool Policy::Impl::client_fits(const Rule& rule, const Facts& facts) const {
  return rule.client.empty() || glob_matches(rule.client, facts.client);
}

/// Visits, in order, the rules that name the subject; `visit` returns false to stop. URIs are left
/// to judge().
template <class Visit>
void Policy::Impl::for_each_named(const Facts& facts, const Visit& visit) const {
  if (facts.subject == Subject::Resource) {
    for (const uint32_t id : resources)
      if (!visit(rules[id])) return;
    return;
  }
  if (facts.subject == Subject::Question) {
    for (const uint32_t id : questions) {
      const Rule& rule = rules[id];
      const bool asked = rule.question == "*" || rule.question == facts.name;
      if (asked && glob_matches(rule.patterns[0].text(), facts.server) && !visit(rule)) return;
    }
    return;
  }
  const Index& index = facts.subject == Subject::Prompt ? prompts : tools;
  if (index.all.empty()) return;
  std::string joined;
  joined.reserve(facts.server.size() + facts.name.size() + 2);
  joined.append(facts.server).append("__").append(facts.name);
  static const RuleIds kNone;
  const RuleIds* literal = &kNone;
  const RuleIds* globs = &index.all;
  if (const auto own = index.servers.find(facts.server); own != index.servers.end()) {
    globs = &own->second.globs;
    const auto named = own->second.literal.find(std::string_view(joined));
    if (named != own->second.literal.end()) literal = &named->second;
  }
  auto a = literal->begin(), b = globs->begin();
  while (a != literal->end() || b != globs->end()) {
    const bool first = b == globs->end() || (a != literal->end() && *a <= *b);
    const uint32_t id = first ? *a : *b;
    if (first && b != globs->end() && *b == id) ++b;
    first ? ++a : ++b;
    if (names(rules[id], facts, joined) && !visit(rules[id])) return;
  }
}

Truth Policy::Impl::judge_uri(const Rule& rule, const Facts& facts, Paths& paths) const {
  const std::string& pattern = rule.patterns[0].text();
  bool any = false, all = true, unresolved = false;
  const auto see = [&](std::string_view form) {
    const bool fits = glob_matches(pattern, form);
    any = any || fits;
    all = all && fits;
  };
  for (const std::string& form : uri_forms(facts.name)) see(form);
  if (is_file_uri(facts.name)) {
    const PathReadings readings = path_readings(facts.name, home);
    unresolved = readings.doubtful;
    for (const std::string& path : readings.paths) {
      const std::string* real = paths.table().real(path);
      if (real) see("file://" + *real);
      unresolved = unresolved || !real;
    }
  }
  if (rule.side() == Side::Lenient)
    return all && (!unresolved || pattern == "*") ? Truth::Yes : Truth::No;
  if (any) return Truth::Yes;
  return unresolved && is_file_uri(pattern) ? Truth::Unknown : Truth::No;
}

Truth Policy::Impl::judge_args(const Rule& rule, const Facts& facts, Paths& paths) const {
  Truth all = Truth::Yes;
  for (const Constraint& constraint : rule.args) {
    // Arguments that are no object can't be looked into.
    if (facts.args && !facts.args.is_object()) return Truth::Unknown;
    const Value value = constraint.argument(facts.args);
    if (!value && !constraint.wants_absence()) return Truth::No;
    const Truth one =
        constraint.judge(value, home, constraint.about_paths() ? &paths.table() : nullptr);
    if (one == Truth::No) return one;
    if (one == Truth::Unknown) all = one;
  }
  return all;
}

Truth Policy::Impl::judge(const Rule& rule, const Facts& facts, Paths& paths) const {
  if (!client_fits(rule, facts)) return Truth::No;
  return rule.subject == Subject::Resource ? judge_uri(rule, facts, paths)
                                           : judge_args(rule, facts, paths);
}

bool Policy::Impl::matches(const Rule& rule, const Facts& facts, Paths& paths) const {
  const Truth truth = judge(rule, facts, paths);
  return truth == Truth::Yes || (truth == Truth::Unknown && rule.side() == Side::Strict);
}

std::optional<Decision> Policy::Impl::built_in(const Facts& facts, Paths& paths) const {
  std::optional<Decision> decision;
  if (protected_folders.empty()) return decision;
  size_t seen = 0;
  for_each_path_like(facts, [&](const std::string& text) {
    if (++seen > kMostPathLike) {
      decision = deny_built_in(
          fmt::format("the call holds more than {} strings that look like paths, too many to check",
                      kMostPathLike));
      return false;
    }
    for (const std::string& path : path_readings(text, home).paths) {
      const std::string* real = paths.table().real(path);
      if (!real) {
        decision = deny_built_in(
            "where a path leads could not be told, so it may lead into callgate's own files, "
            "which no rule can allow");
        return false;
      }
      for (const std::string& folder : protected_folders) {
        if (!is_inside(*real, folder, Case::Folded)) continue;
        decision = deny_built_in("a path leads into callgate's own files, which no rule can allow");
        return false;
      }
    }
    return true;
  });
  return decision;
}

PathTable Policy::Impl::collect(const Facts& facts) const {
  PathTable table;
  const auto add_text = [&](std::string_view text) {
    for (const std::string& path : path_readings(text, home).paths) table.add(path);
  };
  if (facts.subject == Subject::Question) return table;
  if (facts.subject == Subject::Resource && is_file_uri(facts.name) && !resources.empty())
    add_text(facts.name);
  for_each_named(facts, [&](const Rule& rule) {
    if (!rule.args.empty() && client_fits(rule, facts))
      for (const Constraint& constraint : rule.args)
        if (constraint.about_paths())
          constraint.collect_paths(constraint.argument(facts.args), home, table);
    return true;
  });
  if (protected_folders.empty()) return table;
  size_t seen = 0;
  for_each_path_like(facts, [&](const std::string& text) {
    if (++seen > kMostPathLike) return false;
    add_text(text);
    return true;
  });
  return table;
}

Decision Policy::Impl::default_for(const Facts& facts) const {
  // The default is about calls; a question that no rule names is the client's to refuse.
  return facts.subject == Subject::Question ? Decision{} : fallback;
}

std::string Policy::Impl::step(const Rule& rule, const Facts& facts, Paths& paths) const {
  const std::string& written = rule.decision.rule;
  if (!client_fits(rule, facts))
    return fmt::format("{}: no, the client is not {}", written, rule.client);
  if (facts.args && !facts.args.is_object() && !rule.args.empty())
    return fmt::format("{}: {}, the arguments are no object", written,
                       rule.side() == Side::Strict ? "matches" : "no");
  for (const Constraint& constraint : rule.args) {
    const Value value = constraint.argument(facts.args);
    if (!value && !constraint.wants_absence())
      return fmt::format("{}: no, the argument of {} is absent", written, constraint.words());
    const Truth one =
        constraint.judge(value, home, constraint.about_paths() ? &paths.table() : nullptr);
    if (one == Truth::No) return fmt::format("{}: no, not {}", written, constraint.words());
    if (one == Truth::Unknown && rule.side() == Side::Lenient)
      return fmt::format("{}: no, {} cannot be told", written, constraint.words());
    if (one == Truth::Unknown)
      return fmt::format("{}: {}, {} cannot be told and counts as true", written,
                         matches(rule, facts, paths) ? "matches" : "no", constraint.words());
  }
  return fmt::format("{}: {}", written,
                     matches(rule, facts, paths) ? "matches" : "no, the URI is another");
}

Policy::Policy(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Policy::Policy(Policy&&) noexcept = default;
Policy& Policy::operator=(Policy&&) noexcept = default;
Policy::~Policy() = default;

Result<Policy> Policy::compile(const PolicyConfig& rules,
                               std::vector<std::string> protected_folders, std::string home) {
  auto impl = std::make_unique<Impl>();
  for (const std::string& folder : protected_folders)
    impl->protected_folders.push_back(lexical_path(folder));
  impl->home = std::move(home);
  impl->fallback = {verdict_of(rules.fallback), "",
                    rules.fallback == RuleList::Allow
                        ? ""
                        : "no rule allows it, and that is the configured default"};
  const std::pair<const std::vector<RuleSpec>*, RuleList> lists[] = {
      {&rules.deny, RuleList::Deny}, {&rules.ask, RuleList::Ask}, {&rules.allow, RuleList::Allow}};
  for (const auto& [specs, list] : lists) {
    for (const RuleSpec& spec : *specs) {
      const Status added = impl->add(spec, list, rules.servers);
      if (!added) return added.error();
    }
  }
  impl->index(impl->tools, Subject::Tool, rules.servers);
  impl->index(impl->prompts, Subject::Prompt, rules.servers);
  for (uint32_t id = 0; id < impl->rules.size(); ++id) {
    if (impl->rules[id].subject == Subject::Resource) impl->resources.push_back(id);
    if (impl->rules[id].subject == Subject::Question) impl->questions.push_back(id);
  }
  return Policy(std::move(impl));
}

std::vector<PathNeed> Policy::needs(const Facts& facts) const {
  return impl_->collect(facts).take_needs();
}

Decision Policy::decide(const Facts& facts, const RealPaths& answers) const {
  Impl::Paths paths(*impl_, facts, answers);
  if (std::optional<Decision> own = impl_->built_in(facts, paths)) return *std::move(own);
  const Decision* decision = nullptr;
  impl_->for_each_named(facts, [&](const Rule& rule) {
    if (impl_->matches(rule, facts, paths)) decision = &rule.decision;
    return decision == nullptr;
  });
  return decision ? *decision : impl_->default_for(facts);
}

Explanation Policy::explain(const Facts& facts, const RealPaths& answers) const {
  Explanation explanation;
  explanation.decision = decide(facts, answers);
  Impl::Paths paths(*impl_, facts, answers);
  const std::optional<Decision> own = impl_->built_in(facts, paths);
  explanation.steps.push_back(std::string(kBuiltIn) + ": " +
                              (own ? "matches, " + own->because : "no"));
  impl_->for_each_named(facts, [&](const Rule& rule) {
    explanation.steps.push_back(impl_->step(rule, facts, paths));
    return true;
  });
  const Decision fallback = impl_->default_for(facts);
  explanation.steps.push_back(std::string("default: ") + name(fallback.verdict));
  return explanation;
}

PolicyConfig with_real_folders(
    PolicyConfig rules,
    const std::function<std::optional<std::string>(const std::string&)>& resolve) {
  for (auto* list : {&rules.deny, &rules.ask, &rules.allow})
    for (RuleSpec& rule : *list)
      for (ArgConstraint& arg : rule.args)
        if (arg.kind == ArgConstraint::Kind::Inside || arg.kind == ArgConstraint::Kind::Outside)
          for (std::string& folder : arg.texts) folder = resolve(folder).value_or(folder);
  return rules;
}

bool Policy::always_denies(const Facts& facts) const {
  bool denied = false, chance = false;
  const RealPaths none;
  Impl::Paths paths(*impl_, facts, none);
  impl_->for_each_named(facts, [&](const Rule& rule) {
    if (rule.list != RuleList::Deny) {
      chance = true;
    } else if (!rule.has_conditions()) {
      denied = rule.subject != Subject::Resource || impl_->judge(rule, facts, paths) == Truth::Yes;
    }
    return !denied;
  });
  return denied || (!chance && impl_->default_for(facts).verdict == Verdict::Deny);
}

}  // namespace callgate
