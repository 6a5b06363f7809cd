// The compiled constraint of a rule on one argument.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/regex.h"
#include "callgate/policy/call_paths.h"
#include "callgate/policy/policy.h"
#include "callgate/wire/folded_keys.h"
#include "names.h"
#include "paths.h"

namespace callgate {

/// Unknown means that the value can't be resolved or has another type than the constraint. Then the
/// stricter result counts.
enum class Truth { No, Unknown, Yes };

class Constraint {
 public:
  static Result<Constraint> compile(const ArgConstraint& spec, Side side,
                                    const PolicyPlaces& places);

  bool about_paths() const {
    return kind_ == ArgConstraint::Kind::Inside || kind_ == ArgConstraint::Kind::Outside;
  }
  /// True if the constraint is about every path in the arguments (`*`).
  bool in_all_arguments() const { return key_ == "*"; }
  /// Returns the argument that the constraint is about, even if the two keys are equal only after
  /// folding (see base/fold.h). Returns an absent value if the arguments have no such key.
  FoundMember argument(Value args) const;
  /// True if the key is a JSON pointer with two or more parts, so it selects a value inside an
  /// argument.
  bool goes_deep() const {
    return !key_.empty() && key_.front() == '/' && key_.find('/', 1) != std::string::npos;
  }
  void collect_paths(Value value, const Bases& bases, CallPaths& paths) const;
  /// `paths` is used only if about_paths().
  Truth evaluate(const FoundMember& found, const Bases& bases, const CallPaths* paths) const;
  /// For example "'path' outside /home/me/projects".
  const std::string& words() const { return words_; }
  bool wants_absence() const { return kind_ == ArgConstraint::Kind::Absent; }

 private:
  struct Folder {
    std::string written, real;
    bool folds;
  };
  bool is_in(const Folder& folder, const std::string& place, const std::string& path) const;
  Truth evaluate_reading(const std::string& real, const CallPaths& paths) const;
  Truth evaluate_path(Value element, const Bases& bases, const CallPaths& paths) const;
  Truth evaluate_text_path(const std::string& text, const Bases& bases,
                           const CallPaths& paths) const;
  Truth evaluate_paths(Value value, const Bases& bases, const CallPaths& paths) const;
  Truth evaluate_everywhere(Value args, const Bases& bases, const CallPaths& paths) const;
  Truth evaluate_text(Value value) const;
  bool matches_pattern(std::string_view text) const;
  Truth evaluate_listed(Value value) const;
  Truth evaluate_bound(Value value) const;

  ArgConstraint::Kind kind_{};
  Side side_{};
  std::string key_, glob_, words_;
  std::vector<Folder> folders_;
  std::optional<Regex> regex_;
  std::vector<MessagePtr> listed_;
  double bound_ = 0;
};

}  // namespace callgate
