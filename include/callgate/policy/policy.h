// Decides whether a call is allowed, denied or asked about. The decision is a pure function of the
// configured rules and the call's facts. A deny rule is stronger than an ask rule, and an ask rule
// is stronger than an allow rule, whatever their order in the file. If no rule matches, the default
// decides.
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
#include "callgate/policy/call_paths.h"
#include "callgate/record/events.h"
#include "callgate/wire/message.h"

namespace callgate {

/// The folders under which a server may look for a relative path, in addition to the user's home
/// folder.
struct ServerFolders {
  std::vector<std::string> folders;  ///< absolute; found in the server's arguments and environment
  std::string home;                  ///< the server's HOME if its environment sets one
  std::string cwd;                   ///< the folder that the server runs in
};

/// The facts of a call, a resource access or a question that Policy decides about. The views need
/// to be valid only while Policy's function runs.
struct Facts {
  RuleSpec::Subject subject = RuleSpec::Subject::Tool;
  std::string_view server;  ///< as configured
  /// The server's own name of the tool or prompt, the URI of the resource, the method, or the kind
  /// of question ("sampling" …).
  std::string_view name;
  /// The URI template filled with the values that the client gave. Is set only if the client asks
  /// for the completion of a URI template; otherwise empty. A rule looks at `name` and at `filled`.
  std::string_view filled;
  Value args;               ///< the `arguments` object, or the params of a method; may be absent
  std::string_view client;  ///< the name that the client claims
  /// The session's profile; "" if the session has none. nullopt, for always_denies(), means any
  /// profile.
  std::optional<std::string_view> profile;
  std::string_view account = {};  ///< of the remote server; "" if it has none
  /// Where the server may look for a relative path. nullptr: see PolicyPlaces::servers.
  const ServerFolders* folders = nullptr;
  /// The last answer of the session's client to roots/list, as JSON text; may be empty.
  std::string_view roots;
  bool may_write = true;  ///< false only for a call that is known only to read
};

struct Decision {
  Permission permission = Permission::Allow;
  std::string rule;     ///< the rule as written; empty for the default
  std::string because;  ///< the rule's "because" text, or our own text if it has none
};

/// A decision and, for each rule, one line about the rule's evaluation; for `callgate policy
/// explain`.
struct Explanation {
  Decision decision;
  std::vector<std::string> steps;
};

/// What the file system reports about a folder that a rule names.
struct RealFolder {
  std::string path;    ///< with every link followed
  bool folds = false;  ///< names in this folder are case-insensitive
};

/// What the file system and the servers' configuration add to the rules.
struct PolicyPlaces {
  std::function<RealFolder(const std::string&)>
      resolve_folder;  ///< if empty, folders are not resolved
  std::map<std::string, ServerFolders, std::less<>> servers;
};

/// A rule matches when every argument that it names is present and every constraint holds. If a
/// value can't be resolved, or its type does not fit the constraint, the constraint counts as true
/// for deny and ask rules and as false for allow rules.
/// - Names are compared exactly, including the case. That is safe because the gate passes a server
///   only names that are in its lists. Deny and ask rules compare the text `server__name`, also in
///   the form in which clients see this text (some characters are replaced for clients). An allow
///   rule with a `__` means one pair of server and name, so it never allows a tool of another
///   server whose `server__name` is the same text.
/// - `inside` and `outside` compare real paths by component; the folder itself is inside. Servers
///   interpret some strings in different ways: `a/link/..`, a URI with a query, or a relative path.
///   A relative path may be under the child's folder, the home, the folders of the server's
///   arguments and environment, the client's roots or the folders that the same call names. A deny
///   or ask rule matches if any reading satisfies the constraint, an allow rule only if all
///   readings do. In a list of paths, one element is enough for deny and ask rules, and every
///   element must fit for allow rules. For an empty list the result is unknown.
/// - A string that holds JSON is evaluated twice, as a string and as the JSON that it holds. One
///   match is enough for deny and ask rules, and both must match for allow rules.
/// - A constraint on the key `*` is about every path in the arguments, whatever the path's argument
///   is called.
/// - In a glob on an argument, `*` also matches '/', and `..` is not resolved: use `inside` and
///   `outside` for paths.
/// - In a regex, `.` matches line breaks in deny and ask rules, but not in allow rules. Globs and
///   regexes look at values up to 1 MiB.
/// - A resource rule looks at the URI as written, at the URI with its escapes decoded once and, for
///   `file:`, at the real path.
/// - The default applies to calls only. A question that a server asks the client is allowed if no
///   rule names the question.
/// A policy is immutable and may be used on any thread. The cost of decide() grows with the rules
/// that can match the tool, not with all rules.
class Policy {
 public:
  /// The built-in rule protects `protected_folders` (absolute paths). What the built-in rule denies
  /// can't be allowed by any rule of the configuration. It denies an argument whose real path is in
  /// a protected folder, and a text that holds the path of a protected folder. It also denies a
  /// call that may write and that names a folder above a protected folder. The rule checks up to
  /// 256 strings that look like paths, including nested strings and keys. It denies a call with
  /// more such strings, and a call with a path that can't be resolved. `home` replaces `~` in
  /// arguments. Errors: "config.pattern" with the rule's line and the rule as written.
  static Result<Policy> compile(const PolicyConfig& rules,
                                std::vector<std::string> protected_folders, std::string home,
                                const PolicyPlaces& places = {});
  Policy(Policy&&) noexcept;
  Policy& operator=(Policy&&) noexcept;
  ~Policy();

  /// Adds the paths that must be resolved before decide(). Usually there are none.
  void collect(const Facts& facts, CallPaths& paths) const;
  /// Does the work of collect() and decide() in one step, which reads the arguments once. Returns
  /// nullopt if paths must be resolved first. Then the caller must call decide().
  std::optional<Decision> try_decide(const Facts& facts, CallPaths& paths) const;
  /// `paths` must be those that collect() or try_decide() added for the same call. If the facts or
  /// the rules have changed meanwhile, a path that is not in `paths` counts as not resolved.
  Decision decide(const Facts& facts, const CallPaths& paths) const;
  Explanation explain(const Facts& facts, const CallPaths& paths) const;
  /// True if every call with this account is denied, whatever the call's arguments and client are.
  /// If the facts have no profile, the result holds for every profile. The denial may come from a
  /// rule, or from the default if no rule could allow or ask. The gate leaves such a tool out of its
  /// lists.
  bool always_denies(const Facts& facts) const;
  /// The folder that `~` means in arguments.
  const std::string& home() const;

 private:
  struct Impl;
  explicit Policy(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// True if the configuration hides this tool of the server from every client ("tools.hide",
/// "only").
bool hides_tool(const ServerConfig& server, std::string_view tool);
/// Converts `mcp__server__tool`, `mcp__server` and `mcp__callgate__server__tool` to the form
/// `server__tool`. `mcp__server` becomes "server__*" if `servers` has this server. If a server is
/// called "mcp", patterns that begin with `mcp__` stay unchanged.
std::string canonical_pattern(std::string_view written, const std::vector<std::string>& servers);

}  // namespace callgate
