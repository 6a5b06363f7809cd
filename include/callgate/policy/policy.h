// Rules: pure decisions from facts. deny beats ask beats allow, whatever the order; then the
// default.
#pragma once

#include <functional>
#include <map>
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
  std::string_view server;  ///< configured name
  std::string_view
      name;  ///< the server's own tool or prompt name, the URI, the method, or the question
             ///< ("sampling" …)
  /// Of a URI template that is to be completed: with the values that the client gave. A rule looks
  /// at both.
  std::string_view filled;
  Value args;               ///< the `arguments` object, or the params of a method; may be absent
  std::string_view client;  ///< claimed name
  /// The session's; "": it has none. Empty optional: any, for always_denies().
  std::optional<std::string_view> profile;
  /// The answer of the session's client to roots/list that came last, as JSON text; may be empty.
  std::string_view roots;
  bool may_write = true;  ///< false only for a call that is known to read
};

/// A string value somewhere in the arguments (or the resource's `file:` URI) whose real path a rule
/// needs.
struct PathNeed {
  std::string
      path;  ///< `file:` URI decoded once, `~` expanded; may be relative (to the child's cwd)
  bool operator==(const PathNeed&) const = default;
};

/// The answers to needs(), in their order. Empty optional: could not be resolved, so the stricter
/// side counts.
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

/// A folder that a rule names, as the file system has it.
struct RealFolder {
  std::string path;    ///< every link followed
  bool folds = false;  ///< letters of either case are the same there
};

/// Where a server may look for a relative path, besides the folder that it runs in and the home.
struct ServerFolders {
  std::vector<std::string> folders;  ///< absolute; from its arguments and environment
  std::string home;                  ///< its own HOME, if its environment sets one
  std::string cwd;                   ///< the folder that it runs in
};

/// What the file system and the servers' configuration add to the rules.
struct PolicyPlaces {
  std::function<RealFolder(const std::string&)> look;  ///< empty: every folder is where it says
  std::map<std::string, ServerFolders, std::less<>> servers;
};

/// A rule matches when every argument that it names is present and its constraint holds. A value
/// that can't be resolved or has another type than the constraint counts as matching for deny and
/// ask, and as not matching for allow.
/// - Names are compared exactly, case too: a name that no catalog holds never reaches a server.
/// deny and ask compare the
///   text `server__name`, also with the characters that clients get instead of others; an allow
///   rule with a `__` means the pair, so it never widens to a server whose name merely looks so.
/// - inside / outside compare real paths by component; the folder itself is inside. A string that
/// servers read in different ways (`a/link/..`, a URI with a query, a relative path: under the
/// child's folder, the home, the folders of its arguments and environment, the client's roots and
/// the folders that the same call names) satisfies deny and ask by any reading, allow only by all.
/// Of a list of paths one element is enough for deny and ask, every one is needed for allow; an
/// empty list can't be told.
/// - A string that holds JSON is judged as it is and as what it holds, in the same way.
/// - The key `*` is every path in the arguments, whatever its argument is called.
/// - `*` of a glob on an argument crosses '/', and `..` is not undone: inside and outside are for
/// paths.
/// - `.` of a regex crosses line breaks in deny and ask, not in allow. Globs and regexes look at
/// values up to 1 MiB.
/// - A resource rule sees the URI as written, with its escapes undone once, and for `file:` the
/// real path as well.
/// - The default is about calls: a question that no rule names is allowed.
/// Immutable; any thread. The cost of decide() grows with the rules that can match the tool, not
/// with all rules.
class Policy {
 public:
  /// `protected_folders` (absolute) is the built-in rule, and nothing in the file can allow what it
  /// denies: an argument whose real path lies in one of them, a text that holds the path of one,
  /// and a call that may write and names a folder above one. It looks at up to 256 strings that
  /// look like paths, nested ones and keys too; a call with more, or one whose paths can't be
  /// resolved, is denied. `home` expands `~` in arguments. Errors: "config.pattern" with the rule's
  /// line and the rule as written.
  static Result<Policy> compile(const PolicyConfig& rules,
                                std::vector<std::string> protected_folders, std::string home,
                                const PolicyPlaces& places = {});
  Policy(Policy&&) noexcept;
  Policy& operator=(Policy&&) noexcept;
  ~Policy();

  /// Which paths must be resolved before decide(); most often none.
  std::vector<PathNeed> needs(const Facts& facts) const;
  /// needs() and decide() in one, which reads the arguments once. Empty: the paths in `needs` must
  /// be resolved first, for decide().
  std::optional<Decision> try_decide(const Facts& facts, std::vector<PathNeed>& needs) const;
  Decision decide(const Facts& facts, const RealPaths& paths) const;
  Explanation explain(const Facts& facts, const RealPaths& paths) const;
  /// Denied whatever the arguments and the client (and the profile, if the facts have none), by a
  /// rule or because the default denies and no rule could allow or ask: such a tool is not shown in
  /// lists.
  bool always_denies(const Facts& facts) const;
  /// What `~` stands for in arguments.
  const std::string& home() const;

 private:
  struct Impl;
  explicit Policy(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// `*` any run of characters, `?` one (of UTF-8); everything else is itself. For a given pattern
/// linear in the text.
bool glob_matches(std::string_view pattern, std::string_view text);
/// Does the configuration hide this tool of the server from every client ("tools.hide", "only")?
bool hides_tool(const ServerConfig& server, std::string_view tool);
/// Brings `mcp__server__tool`, `mcp__server`, `mcp__callgate__server__tool` and `server__tool` to
/// the last form ("server__*" for a whole server, when `servers` has it). A server that is called
/// "mcp" keeps its own.
std::string canonical_pattern(std::string_view written, const std::vector<std::string>& servers);

}  // namespace callgate
