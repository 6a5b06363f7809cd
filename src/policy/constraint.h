// A rule's constraint on one argument, compiled.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "callgate/base/regex.h"
#include "callgate/policy/policy.h"
#include "callgate/wire/folded_keys.h"
#include "names.h"

namespace callgate {

/// Unknown: the value can't be resolved or has another type than the constraint; it counts for the
/// stricter side.
enum class Truth { No, Unknown, Yes };

/// Paths to resolve, each once, in the order of the first mention; later with their answers. One
/// call's.
class PathTable {
 public:
  void add(const std::string& path);
  std::vector<PathNeed> take_needs();
  void set_answers(const RealPaths& answers) { answers_ = &answers; }
  /// Null: not resolved. Valid while the answers live.
  const std::string* real(const std::string& path) const;
  /// Paths over the limit are not taken, so they stay unresolved.
  bool full() const { return needs_.size() >= kMost; }

 private:
  static constexpr size_t kMost = 1024;
  std::vector<PathNeed> needs_;
  std::unordered_map<std::string, size_t> places_;
  const RealPaths* answers_ = nullptr;
};

class Constraint {
 public:
  static Result<Constraint> compile(const ArgConstraint& spec, Side side);

  bool about_paths() const {
    return kind_ == ArgConstraint::Kind::Inside || kind_ == ArgConstraint::Kind::Outside;
  }
  /// The argument that it is about, also under a key that is equal after folding only; absent if
  /// there is none.
  FoundMember argument(Value args) const;
  void collect_paths(Value value, std::string_view home, PathTable& table) const;
  /// `paths` is asked only when about_paths().
  Truth judge(const FoundMember& found, std::string_view home, const PathTable* paths) const;
  /// "'path' outside /home/me/projects"
  const std::string& words() const { return words_; }
  bool wants_absence() const { return kind_ == ArgConstraint::Kind::Absent; }

 private:
  Truth judge_path(Value element, std::string_view home, const PathTable& paths) const;
  Truth judge_paths(Value value, std::string_view home, const PathTable& paths) const;
  Truth judge_text(Value value) const;
  Truth judge_listed(Value value) const;
  Truth judge_bound(Value value) const;

  ArgConstraint::Kind kind_{};
  Side side_{};
  std::string key_, glob_, words_;
  std::vector<std::string> folders_;
  std::optional<Regex> regex_;
  std::vector<MessagePtr> listed_;
  double bound_ = 0;
};

}  // namespace callgate
