#include "constraint.h"

#include <fmt/core.h>

#include <cmath>

#include "paths.h"

namespace callgate {

namespace {

using Kind = ArgConstraint::Kind;

constexpr size_t kLongestScanned = size_t{1} << 20;
constexpr size_t kLongestEscape = 6;
constexpr double kFirstInexact =
    9007199254740992.0;           // 2^53: from here on the file's own bound may have been rounded
constexpr int kExactDigits = 15;  // so many decimal digits always make a double of their own

Truth truth(bool yes) { return yes ? Truth::Yes : Truth::No; }

// Digits from the first that is not zero; an upper bound of what the value needs.
int significant_digits(std::string_view number) {
  int digits = 0;
  for (const char c : number) {
    if (c == 'e' || c == 'E') break;
    if (c >= '0' && c <= '9' && (digits > 0 || c != '0')) ++digits;
  }
  return digits;
}

// Reading a number as a double never changes the order, so only equal doubles leave a doubt.
Truth same_number(Value a, Value b) {
  if (a.raw() == b.raw()) return Truth::Yes;
  if (a.integer() && b.integer()) return truth(*a.integer() == *b.integer());
  const std::optional<double> x = a.number(), y = b.number();
  if (!x || !y || !std::isfinite(*x) || !std::isfinite(*y)) return Truth::Unknown;
  if (*x != *y) return Truth::No;
  const bool exact =
      significant_digits(a.raw()) <= kExactDigits && significant_digits(b.raw()) <= kExactDigits;
  return exact ? Truth::Yes : Truth::Unknown;
}

bool is_flag(Value value) { return value.is(NodeKind::True) || value.is(NodeKind::False); }

std::string kind_words(const ArgConstraint& spec) {
  std::string list;
  for (const std::string& text : spec.texts) list += (list.empty() ? "" : ", ") + text;
  switch (spec.kind) {
    case Kind::Inside:
      return "inside " + list;
    case Kind::Outside:
      return "outside " + list;
    case Kind::Glob:
      return "glob " + list;
    case Kind::Regex:
      return "regex " + list;
    case Kind::In:
      return "in " + list;
    case Kind::Min:
      return fmt::format("min {}", spec.bound);
    case Kind::Max:
      return fmt::format("max {}", spec.bound);
    case Kind::Absent:
      return "absent";
  }
  return list;
}

}  // namespace

void PathTable::add(const std::string& path) {
  if (full() || !places_.emplace(path, needs_.size()).second) return;
  needs_.push_back(PathNeed{path});
}

std::vector<PathNeed> PathTable::take_needs() { return std::move(needs_); }

const std::string* PathTable::real(const std::string& path) const {
  const auto place = places_.find(path);
  if (place == places_.end() || !answers_ || place->second >= answers_->size()) return nullptr;
  const std::optional<std::string>& answer = (*answers_)[place->second];
  return answer ? &*answer : nullptr;
}

Result<Constraint> Constraint::compile(const ArgConstraint& spec, Side side) {
  Constraint constraint;
  constraint.kind_ = spec.kind;
  constraint.side_ = side;
  constraint.key_ = spec.key;
  constraint.bound_ = spec.bound;
  constraint.words_ = fmt::format("'{}' {}", spec.key, kind_words(spec));
  const bool one_text = spec.kind == Kind::Glob || spec.kind == Kind::Regex;
  if (one_text && spec.texts.size() != 1)
    return Error{"config.pattern", constraint.words_ + " needs one pattern", "write one"};
  if (constraint.about_paths())
    for (const std::string& folder : spec.texts)
      constraint.folders_.push_back(lexical_path(folder));
  if (spec.kind == Kind::Glob) constraint.glob_ = spec.texts[0];
  if (spec.kind == Kind::Regex) {
    Result<Regex> regex = Regex::compile(spec.texts[0]);
    if (!regex)
      return Error{"config.pattern", fmt::format("'{}': {}", spec.key, regex.error().message),
                   regex.error().next};
    // A deny is not dodged with a line break in front of what `.*` should have covered.
    if (side == Side::Strict) regex = Regex::compile("(?s)" + spec.texts[0]);
    if (!regex)
      return Error{"config.pattern", fmt::format("'{}': {}", spec.key, regex.error().message),
                   regex.error().next};
    constraint.regex_ = std::move(*regex);
  }
  if (spec.kind == Kind::In) {
    Walker walker;
    for (const std::string& json : spec.texts) {
      Result<MessagePtr> value = walker.walk(json);
      if (!value)
        return Error{"config.pattern", fmt::format("'{}': {}", spec.key, value.error().message),
                     "list JSON values"};
      constraint.listed_.push_back(*value);
    }
  }
  return constraint;
}

FoundMember Constraint::argument(Value args) const {
  if (!args.is_object()) return {};
  return !key_.empty() && key_.front() == '/' ? at_pointer_folded(args, key_)
                                              : find_folded(args, key_);
}

void Constraint::collect_paths(Value value, std::string_view home, PathTable& table) const {
  if (!about_paths()) return;
  if (value.is_string()) {
    for (const std::string& path : path_readings(value.text(), home).paths) table.add(path);
  } else if (value.is_array()) {
    for (Value element : value) {
      if (table.full()) return;
      if (element.is_string()) collect_paths(element, home, table);
    }
  }
}

Truth Constraint::judge(const FoundMember& found, std::string_view home,
                        const PathTable* paths) const {
  // Some servers read that member as the argument, others find no such argument: an allow does not
  // count on either.
  if (!found.exact && (side_ == Side::Lenient || kind_ == Kind::Absent)) return Truth::Unknown;
  const Value value = found.value;
  switch (kind_) {
    case Kind::Inside:
    case Kind::Outside:
      return paths ? judge_paths(value, home, *paths) : Truth::Unknown;
    case Kind::Glob:
    case Kind::Regex:
      return judge_text(value);
    case Kind::In:
      return judge_listed(value);
    case Kind::Min:
    case Kind::Max:
      return judge_bound(value);
    case Kind::Absent:
      return truth(!value);
  }
  return Truth::Unknown;
}

// One string: on the Strict side one reading that satisfies the constraint is enough, on the
// Lenient side all must.
Truth Constraint::judge_path(Value element, std::string_view home, const PathTable& paths) const {
  if (!element.is_string()) return Truth::Unknown;
  const PathReadings readings = path_readings(element.text(), home);
  if (readings.doubtful) return Truth::Unknown;
  bool any = false, all = true;
  for (const std::string& reading : readings.paths) {
    const std::string* real = paths.real(reading);
    if (!real) return Truth::Unknown;
    bool inside = false;
    for (const std::string& folder : folders_)
      inside = inside || is_inside(*real, folder, Case::Exact);
    const bool holds = inside == (kind_ == Kind::Inside);
    any = any || holds;
    all = all && holds;
  }
  return truth(side_ == Side::Strict ? any : all);
}

Truth Constraint::judge_paths(Value value, std::string_view home, const PathTable& paths) const {
  if (!value.is_array()) return judge_path(value, home, paths);
  bool empty = true, all = true;
  for (Value element : value) {
    empty = false;
    const Truth one = judge_path(element, home, paths);
    if (side_ == Side::Strict && one != Truth::No) return one;
    if (side_ == Side::Lenient && one != Truth::Yes) return one;
    all = all && one == Truth::Yes;
  }
  return empty ? Truth::Unknown : truth(all);
}

Truth Constraint::judge_text(Value value) const {
  if (!value.is_string()) return Truth::Unknown;
  const std::string_view token = value.raw();
  if (token.size() > kLongestScanned * kLongestEscape) return Truth::Unknown;
  std::string undone;
  std::string_view text = token.substr(1, token.size() - 2);
  if (value.node().escaped) text = undone = value.text();
  if (text.size() > kLongestScanned) return Truth::Unknown;
  return truth(kind_ == Kind::Glob ? glob_matches(glob_, text) : regex_->matches_whole(text));
}

Truth Constraint::judge_listed(Value value) const {
  bool same_type = false, doubt = false;
  for (const MessagePtr& message : listed_) {
    const Value listed = message->root();
    if (!value.is(listed.node().kind) && !(is_flag(value) && is_flag(listed))) continue;
    same_type = true;
    Truth same = truth(value.is(listed.node().kind));
    if (value.is_string()) same = truth(value.text_is(listed.text()));
    if (value.is_number()) same = same_number(value, listed);
    if (same == Truth::Yes) return same;
    doubt = doubt || same == Truth::Unknown;
  }
  return same_type && !doubt ? Truth::No : Truth::Unknown;
}

Truth Constraint::judge_bound(Value value) const {
  const std::optional<double> number = value.is_number() ? value.number() : std::nullopt;
  if (!number || !std::isfinite(*number)) return Truth::Unknown;
  if (*number == bound_ && significant_digits(value.raw()) > kExactDigits && !value.integer())
    return Truth::Unknown;
  if (*number == bound_ && value.integer() && std::fabs(bound_) >= kFirstInexact)
    return Truth::Unknown;
  return truth(kind_ == Kind::Min ? *number >= bound_ : *number <= bound_);
}

}  // namespace callgate
