// The paths of one call whose real paths the rules need.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace callgate {

/// A path whose real path a rule needs: a string value somewhere in the arguments, or the
/// resource's `file:` URI.
struct PathNeed {
  /// In this path, a `file:` URI is already decoded once and `~` is expanded. The path may be
  /// relative to the child's working directory.
  std::string path;
  bool operator==(const PathNeed&) const = default;
};

/// The real paths of the paths that CallPaths::needs() returned, in the same order. nullopt means
/// that a path could not be resolved; then the stricter result counts.
using RealPaths = std::vector<std::optional<std::string>>;

/// Holds each path of a call once, in the order of the first mention. The rules collect the paths
/// once, the caller resolves them, and then the rules look up the real paths. Owns its strings, so
/// it may outlive the message of the call. At most kMost paths are kept; another path counts as a
/// path that could not be resolved.
class CallPaths {
 public:
  static constexpr size_t kMost = 4096;

  void add(const std::string& path) { values_.push_back(place_of(path)); }
  /// Adds a folder that a configured rule or the built-in rule names. Its real path must be
  /// resolved again, because it may have changed since the rules were read.
  void add_folder(const std::string& path) { place_of(path); }
  /// Returns the paths that must be resolved before the decision; usually there are none.
  const std::vector<PathNeed>& needs() const { return needs_; }
  void set_real(RealPaths real) { real_ = std::move(real); }
  /// Returns nullptr if the path was not resolved. Valid until set_real() is called.
  const std::string* real(const std::string& path) const;
  /// Visits the real paths of the call's values, not those of the folders; `visit` returns false to
  /// stop.
  template <class Visit>
  void for_each_real(const Visit& visit) const;
  bool empty() const { return needs_.empty(); }
  bool full() const { return needs_.size() >= kMost; }

 private:
  size_t place_of(const std::string& path);
  std::vector<PathNeed> needs_;
  std::unordered_map<std::string, size_t> places_;
  std::vector<size_t> values_;
  RealPaths real_;
};

template <class Visit>
void CallPaths::for_each_real(const Visit& visit) const {
  for (const size_t place : values_)
    if (place < real_.size() && real_[place] && !visit(*real_[place])) return;
}

}  // namespace callgate
