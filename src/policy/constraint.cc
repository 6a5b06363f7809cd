#include "constraint.h"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "callgate/base/ascii.h"
#include "callgate/base/glob.h"
#include "callgate/base/path_text.h"
#include "json_strings.h"

namespace callgate {

namespace {

using Kind = ArgConstraint::Kind;

constexpr size_t kLongestScanned = size_t{1} << 20;
constexpr size_t kLongestEscape = 6;
// From 2^53 on, a double can't hold every integer, so a bound that was read from the configuration
// may already be rounded.
constexpr double kFirstInexact = 9007199254740992.0;
// Two different numbers of at most this many decimal digits never become the same double.
constexpr int kExactDigits = 15;

Truth truth(bool yes) { return yes ? Truth::Yes : Truth::No; }

// Counts the digits from the first nonzero digit on. The number needs no more digits than that.
int significant_digits(std::string_view number) {
  int digits = 0;
  for (const char c : number) {
    if (c == 'e' || c == 'E') break;
    if (is_digit(c) && (digits > 0 || c != '0')) ++digits;
  }
  return digits;
}

// Rounding to doubles never reverses the order of two numbers. So different doubles always mean
// different numbers, but equal doubles may come from different numbers.
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

Result<Constraint> Constraint::compile(const ArgConstraint& spec, Side side,
                                       const PolicyPlaces& places) {
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
    for (const std::string& folder : spec.texts) {
      const std::string written = lexical_path(folder);
      const RealFolder real =
          places.resolve_folder ? places.resolve_folder(written) : RealFolder{written};
      constraint.folders_.push_back({written, lexical_path(real.path), real.folds});
    }
  if (spec.kind == Kind::Glob) constraint.glob_ = spec.texts[0];
  if (spec.kind == Kind::Regex) {
    Result<Regex> regex = Regex::compile(spec.texts[0]);
    if (!regex)
      return Error{"config.pattern", fmt::format("'{}': {}", spec.key, regex.error().message),
                   regex.error().next};
    // Without (?s), `.` does not match a line break, so an agent could evade a deny rule by putting
    // a line break into the value.
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
  if (in_all_arguments()) return {args, true};
  return !key_.empty() && key_.front() == '/' ? at_pointer_folded(args, key_)
                                              : find_folded(args, key_);
}

void Constraint::collect_paths(Value value, const Bases& bases, CallPaths& paths) const {
  if (!about_paths() || !value) return;
  for (const Folder& folder : folders_) paths.add_folder(folder.written);
  const auto add = [&](const std::string& text) {
    for (const std::string& path : path_readings(text, bases, Spelling::Lists).paths)
      paths.add(path);
  };
  if (in_all_arguments()) {
    for_each_string(value, [&](const ArgumentString& string) {
      const std::string text = string.text();
      if (is_found_path(text, string.naming())) add(text);
      return !paths.full();
    });
  } else if (value.is_string()) {
    add(value.text());
  } else if (value.is_array()) {
    for (Value element : value) {
      if (paths.full()) return;
      if (element.is_string()) add(element.text());
    }
  }
}

Truth Constraint::evaluate(const FoundMember& found, const Bases& bases,
                           const CallPaths* paths) const {
  // The member's key equals the argument's name only after folding. Some servers read this member
  // as the argument, and others find no such argument, so an allow rule must not rely on either
  // behaviour.
  if (!found.exact && (side_ == Side::Lenient || kind_ == Kind::Absent)) return Truth::Unknown;
  const Value value = found.value;
  switch (kind_) {
    case Kind::Inside:
    case Kind::Outside:
      if (!paths) return Truth::Unknown;
      return in_all_arguments() ? evaluate_everywhere(value, bases, *paths)
                                : evaluate_paths(value, bases, *paths);
    case Kind::Glob:
    case Kind::Regex:
      return evaluate_text(value);
    case Kind::In:
      return evaluate_listed(value);
    case Kind::Min:
    case Kind::Max:
      return evaluate_bound(value);
    // Many servers treat null as an absent argument.
    case Kind::Absent:
      return value.is(NodeKind::Null) ? Truth::Unknown : truth(!value);
  }
  return Truth::Unknown;
}

// In a folder with case-insensitive names, the comparison ignores the case only if that gives the
// stricter result.
bool Constraint::is_in(const Folder& folder, const std::string& place,
                       const std::string& path) const {
  const bool inside_is_strict = (side_ == Side::Strict) == (kind_ == Kind::Inside);
  return is_inside(path, place, folder.folds && inside_is_strict ? Case::Folded : Case::Exact);
}

// Compares the path twice: with the real path that the folder had when the rules were read, and
// with the real path that the folder has now. If the two results differ, the stricter one counts.
Truth Constraint::evaluate_reading(const std::string& real, const CallPaths& paths) const {
  bool before = false, now = false;
  for (const Folder& folder : folders_) {
    const std::string* place = paths.real(folder.written);
    if (!place) return Truth::Unknown;
    before = before || is_in(folder, folder.real, real);
    now = now || is_in(folder, *place, real);
  }
  const bool wanted = kind_ == Kind::Inside;
  const bool any = before == wanted || now == wanted, both = before == wanted && now == wanted;
  return truth(side_ == Side::Strict ? any : both);
}

Truth Constraint::evaluate_path(Value element, const Bases& bases, const CallPaths& paths) const {
  return element.is_string() ? evaluate_text_path(element.text(), bases, paths) : Truth::Unknown;
}

// For a Strict rule, one reading that satisfies the constraint is enough. For a Lenient rule, all
// readings must satisfy it.
Truth Constraint::evaluate_text_path(const std::string& text, const Bases& bases,
                                     const CallPaths& paths) const {
  const PathReadings readings = path_readings(text, bases, Spelling::Lists);
  if (readings.doubtful) return Truth::Unknown;
  bool any = false, all = true;
  for (const std::string& reading : readings.paths) {
    const std::string* real = paths.real(reading);
    const Truth one = real ? evaluate_reading(*real, paths) : Truth::Unknown;
    if (one == Truth::Unknown) return one;
    any = any || one == Truth::Yes;
    all = all && one == Truth::Yes;
  }
  return truth(side_ == Side::Strict ? any : all);
}

// For a Strict rule, one path that satisfies the constraint is enough. For a Lenient rule, there
// must be a path, and all paths must satisfy it.
Truth Constraint::evaluate_everywhere(Value args, const Bases& bases,
                                      const CallPaths& paths) const {
  bool found = false;
  Truth decided = Truth::No;
  for_each_string(args, [&](const ArgumentString& string) {
    const std::string text = string.text();
    if (!is_found_path(text, string.naming()) || looks_like_json(text)) return true;
    const Truth one = evaluate_text_path(text, bases, paths);
    const bool ends = side_ == Side::Strict ? one != Truth::No : one != Truth::Yes;
    if (ends || !found) decided = one;
    found = true;
    return !ends;
  });
  return decided;
}

Truth Constraint::evaluate_paths(Value value, const Bases& bases, const CallPaths& paths) const {
  if (!value.is_array()) return evaluate_path(value, bases, paths);
  bool empty = true, all = true;
  for (Value element : value) {
    empty = false;
    const Truth one = evaluate_path(element, bases, paths);
    if (side_ == Side::Strict && one != Truth::No) return one;
    if (side_ == Side::Lenient && one != Truth::Yes) return one;
    all = all && one == Truth::Yes;
  }
  return empty ? Truth::Unknown : truth(all);
}

Truth Constraint::evaluate_text(Value value) const {
  if (!value.is_string()) return Truth::Unknown;
  const std::string_view token = value.raw();
  if (token.size() > kLongestScanned * kLongestEscape) return Truth::Unknown;
  std::string undone;
  std::string_view text = token.substr(1, token.size() - 2);
  if (value.node().escaped) text = undone = value.text();
  if (text.size() > kLongestScanned) return Truth::Unknown;
  const bool matches = matches_pattern(text);
  if (side_ == Side::Lenient) {
    // ".." may leave the folder that the pattern names, so the resolved path must match as well.
    return truth(matches && (!has_parent_step(text) || matches_pattern(lexical_path(text))));
  }
  if (matches) return Truth::Yes;
  const std::vector<std::string> others = other_readings(text);
  return truth(std::any_of(others.begin(), others.end(),
                           [this](const std::string& one) { return matches_pattern(one); }));
}

bool Constraint::matches_pattern(std::string_view text) const {
  return kind_ == Kind::Glob ? glob_matches(glob_, text) : regex_->matches_whole(text);
}

Truth Constraint::evaluate_listed(Value value) const {
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

Truth Constraint::evaluate_bound(Value value) const {
  const std::optional<double> number = value.is_number() ? value.number() : std::nullopt;
  if (!number || !std::isfinite(*number)) return Truth::Unknown;
  if (*number == bound_ && significant_digits(value.raw()) > kExactDigits && !value.integer())
    return Truth::Unknown;
  if (*number == bound_ && value.integer() && std::fabs(bound_) >= kFirstInexact)
    return Truth::Unknown;
  return truth(kind_ == Kind::Min ? *number >= bound_ : *number <= bound_);
}

}  // namespace callgate
