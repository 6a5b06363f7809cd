// Rules: pure decisions from facts. deny beats ask beats allow, whatever the order; then the default.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/config/config.h"
#include "callgate/record/events.h"
#include "callgate/wire/message.h"

namespace callgate {

/// What is asked about. Views live for the call of the function only.
struct Facts {
  RuleSpec::Subject subject = RuleSpec::Subject::Tool;
  std::string_view server;   ///< configured name
  std::string_view name;     ///< the server's own tool or prompt name, the URI, or the question ("sampling" …)
  Value args;                ///< the `arguments` object; may be absent
  std::string_view client;   ///< claimed name
};

/// A string value somewhere in the arguments (or the resource's `file:` URI) whose real path a rule needs.
struct PathNeed {
  std::string path;  ///< `file:` URI decoded once, `~` expanded; may be relative (to the child's cwd)
};

/// The answers to needs(), in their order. Empty optional: could not be resolved, so the stricter side counts.
using RealPaths = std::vector<std::optional<std::string>>;

struct Decision {
  Verdict verdict = Verdict::Allow;
  std::string rule;     ///< as written; empty: the default
  std::string because;  ///< the rule's own words, or ours
};

/// One line per rule of how it was judged, for `policy explain`.
struct Explanation {
  Decision decision;
  std::vector<std::string> steps;
};

/// Immutable; any thread. The cost of decide() grows with the rules that can match the tool, not with all rules.
class Policy {
 public:
  /// `protected_folders` (absolute, resolved) is the built-in rule: an argument whose real path lies in one is denied, and
  /// nothing in the file can allow it. `home` expands `~` in arguments. Errors: "config.pattern" with the rule as written.
  static Result<Policy> compile(const PolicyConfig& rules, std::vector<std::string> protected_folders, std::string home);
  Policy(Policy&&) noexcept;
  Policy& operator=(Policy&&) noexcept;
  ~Policy();

  /// Which paths must be resolved before decide(); most often none.
  std::vector<PathNeed> needs(const Facts& facts) const;
  Decision decide(const Facts& facts, const RealPaths& paths) const;
  Explanation explain(const Facts& facts, const RealPaths& paths) const;
  /// Denied whatever the arguments and the client: such a tool is not shown in lists.
  bool always_denies(const Facts& facts) const;

 private:
  struct Impl;
  explicit Policy(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// `*` any run of characters, `?` one; everything else is itself. Linear in time.
bool glob_matches(std::string_view pattern, std::string_view text);
/// Brings `mcp__server__tool`, `mcp__server`, `mcp__callgate__server__tool` and `server__tool` to the last form ("server__*" for a
/// whole server, when `servers` has it).
std::string canonical_pattern(std::string_view written, const std::vector<std::string>& servers);

}  // namespace callgate
