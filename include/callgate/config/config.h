// The configuration file as one value. Knows the file's grammar and defaults, not who uses them.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"

namespace callgate {

/// Everything a peer controls is bounded by one of these; all are keys of the "limits" object, by
/// the same names.
struct Limits {
  size_t line = size_t{16} << 20;   ///< bytes of one message, up to 64 MiB
  size_t queue = size_t{32} << 20;  ///< bytes waiting towards one peer; at least two lines
  size_t in_flight = 1024;          ///< requests of one session
  size_t servers = 128;
  size_t tools = 4096;                   ///< tools, prompts, resources or templates of one server
  size_t pages = 1000;                   ///< pages of one list of a child
  size_t stderr_kept = size_t{1} << 20;  ///< bytes a child
  size_t depth = 256;
  size_t nodes = 1'000'000;
  size_t connections = 1024;  ///< of HTTP clients
  size_t sessions = 4096;     ///< of HTTP clients
  Millis first_list{1000};    ///< how long the first list waits for servers
  bool operator==(const Limits&) const = default;
};

enum class Prefix { Always, Never };
/// Which handshake a server gets first: `initialize`, or the modern era's `server/discover`. Auto
/// falls back to the other; Legacy does when the server says that it knows no `initialize`.
enum class ServerEra { Legacy, Auto, Modern };
/// Which sessions of one token and profile share a child. Auto: those with equal capabilities, if
/// the server is known to keep no state and does not ask its clients; All: those with equal
/// capabilities; One: all of them; Root: those with equal capabilities and project folder; Session:
/// none.
enum class Share { Auto, All, One, Root, Session };

/// What a server's stdin and stdout are. A pipe can be opened by its name by other processes of the
/// user, a socket can't. Auto: a socket for stdin where names of pipes can be opened (Linux).
enum class ChildStdio { Auto, Pipes, Sockets };

struct ServerConfig {
  std::string name;
  std::string command;
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>>
      env;                            ///< values may hold ${env:}, ${file:}, ${cmd:}, ${secret:}
  std::vector<std::string> env_pass;  ///< names passed from our own environment
  std::string cwd;                    ///< absolute; empty: ours. `~` is expanded
  bool disabled = false;
  Prefix prefix = Prefix::Always;
  ServerEra era = ServerEra::Legacy;
  Share share = Share::Auto;
  ChildStdio stdio = ChildStdio::Auto;
  Millis start_timeout{180'000}, call_timeout{300'000}, call_cap{3'600'000};
  /// From the end of its input to SIGTERM, and from there to SIGKILL, where nobody waits.
  Millis stop_timeout{5000};
  /// How long a child runs that nobody uses. Absent: ten minutes after its last session has left.
  std::optional<Millis> idle_stop;
  std::vector<std::string> hide;  ///< globs on the server's own tool names
  /// Globs, too: a tool that matches none of them is hidden. Not set: none is hidden by this.
  std::optional<std::vector<std::string>> only;
  /// Why its entry can't be used, with the place in the file; the server is known, but never
  /// started. Empty: the entry is good.
  std::string broken;
  bool operator==(const ServerConfig&) const = default;
};

enum class RuleList { Deny, Ask, Allow };

/// A constraint on one argument. Exactly one kind is set.
struct ArgConstraint {
  enum class Kind { Inside, Outside, Glob, Regex, In, Min, Max, Absent };
  std::string key;  ///< an argument's name, or a JSON pointer (RFC 6901) if it begins with '/'
  Kind kind{};
  std::vector<std::string>
      texts;  ///< folders (absolute, `~` expanded), pattern(s); for In: the JSON text of each value
  double bound = 0;  ///< Min, Max
  bool operator==(const ArgConstraint&) const = default;
};

struct RuleSpec {
  /// Name is a bare glob: tools and prompts alike.
  enum class Subject { Name, Tool, Prompt, Resource, Question, Method };
  Subject subject = Subject::Name;
  std::string pattern;   ///< canonical-name glob; a URI glob for Resource; the server's glob for
                         ///< Question; a glob on a method that MCP does not have for Method
  std::string question;  ///< for Question: "sampling", "elicitation", "roots" or "*"
  std::vector<ArgConstraint> args;
  std::string client;   ///< glob on the client's name; empty: any
  std::string profile;  ///< glob on the session's profile; empty: any, and none
  std::string because;
  std::string written;  ///< as in the file, short: `deny[1] filesystem__*`
  int line = 0, column = 0;
  bool operator==(const RuleSpec&) const = default;
};

struct PolicyConfig {
  RuleList fallback = RuleList::Allow;  ///< "default"
  std::vector<RuleSpec> deny, ask, allow;
  std::vector<std::string>
      servers;  ///< every configured name, disabled ones too: what rules may name
  size_t rule_count() const { return deny.size() + ask.size() + allow.size(); }
  bool operator==(const PolicyConfig&) const = default;
};

/// A client's job description. It only narrows: the global policy is decided too and the stricter
/// wins.
struct ProfileConfig {
  std::string name;
  std::optional<std::vector<std::string>> servers;  ///< what it sees; empty optional: all
  PolicyConfig policy;
  bool operator==(const ProfileConfig&) const = default;
};

struct RecordConfig {
  enum class Durability { Off, Lazy, Before, Fsync } durability = Durability::Before;
  enum class OnFailure { Refuse, Allow } on_failure = OnFailure::Refuse;
  int keep_days = 90;                       ///< 0: for ever
  uint64_t keep_bytes = uint64_t{2} << 30;  ///< 0: no bound
  size_t body_limit = 256 * 1024;           ///< bytes of a body kept; 0: digests only
  bool mask = true;                         ///< "protect": {"record": "mask"}
  bool operator==(const RecordConfig&) const = default;
};

/// Where `callgate serve` listens.
struct ListenAddress {
  std::string host;  ///< a name or an address, an IPv6 one without brackets
  uint16_t port = 0;
  bool operator==(const ListenAddress&) const = default;
};
/// "HOST:PORT", "[IPv6]:PORT".
std::optional<ListenAddress> parse_listen(std::string_view text);

struct HttpConfig {
  std::vector<ListenAddress> listen{{"127.0.0.1", 7420}};
  /// What else clients may call us in Host and Origin: names or addresses without a port, an IPv6
  /// address with its brackets.
  std::vector<std::string> hosts;
  /// Further origins of pages and applications, such as "app://obsidian.md"; "SCHEME://*" is every
  /// origin of a scheme other than http and https.
  std::vector<std::string> origins;
  bool operator==(const HttpConfig&) const = default;
};

/// Auto: where our own PATH lacks what a login shell's has, that is asked for and added.
enum class LoginPath { Auto, Off };

struct GatewayConfig {
  LoginPath login_path = LoginPath::Auto;
  bool operator==(const GatewayConfig&) const = default;
};

/// What is done about agents that are stuck. What is empty is as the guard has it.
struct GuardConfig {
  enum class Step : uint8_t { Observe, Advise, Delay, Ask, Block, Pause };
  enum class KnownDeadEnd : uint8_t { Advise, Block };
  /// One of R1 to R6; of R7 only `off` counts.
  struct Rule {
    bool off = false;
    std::optional<double> soft, hard;
    bool operator==(const Rule&) const = default;
  };
  /// 0: no such budget.
  struct Budgets {
    std::optional<uint32_t> calls;
    std::optional<Millis> time;
    std::optional<uint64_t> bytes;
    std::optional<uint32_t> calls_a_day;
    bool operator==(const Budgets&) const = default;
  };
  struct Exemption {
    std::string tool;            ///< glob on the canonical name
    std::vector<uint8_t> rules;  ///< 1 to 7; empty: all
    bool operator==(const Exemption&) const = default;
  };
  struct ToolEffect {
    std::string tool;  ///< glob on the canonical name
    bool reads = false;
    bool operator==(const ToolEffect&) const = default;
  };
  static constexpr size_t kRules = 7;

  std::vector<Step> ladder{Step::Advise};  ///< weakest first
  std::array<Rule, kRules> rules;          ///< R1 at 0
  Budgets budgets;
  std::vector<Exemption> exempt;
  std::vector<ToolEffect> effects;  ///< in the file's order; the first that matches counts
  std::optional<int> dead_end_days;
  KnownDeadEnd known = KnownDeadEnd::Advise;
  bool operator==(const GuardConfig&) const = default;
};

struct Config {
  std::string path;                   ///< of the file; empty if there is none
  std::vector<ServerConfig> servers;  ///< in the file's order, disabled ones too
  PolicyConfig policy;
  std::vector<ProfileConfig> profiles;  ///< in the file's order
  RecordConfig record;
  GuardConfig guard;
  HttpConfig http;
  GatewayConfig gateway;
  Limits limits;
};

/// Where in the file, and what to do about it: an Error's message is `FILE:LINE:COLUMN: KEY: what`,
/// its next the way out. Codes: "config.missing", "config.unreadable", "config.not_json",
/// "config.unknown_key" (names the nearest key), "config.type", "config.value",
/// "config.duplicate_key", "config.unknown_server", "config.unknown_profile", "config.pattern".
/// "config.ignored" is only a note.
struct ConfigError : Error {
  int line = 0, column = 0;  ///< from 1, columns in characters; 0: the file as a whole
  std::string key;           ///< dotted: `mcpServers.fs.cwd`; empty: none
  std::string what;          ///< the message without its place
};

/// All errors are collected, not only the first.
struct LoadedConfig {
  Config config;
  std::vector<ConfigError> errors;  ///< empty: the configuration can be run
  /// Each is in the entry of one server, which does not start; the others do.
  std::vector<ConfigError> broken;
  /// Keys of clients in servers' entries that have no effect here ("config.ignored").
  std::vector<ConfigError> notes;
};
/// Files up to 4 MiB. `home` expands `~`. Blocking. On errors the config holds what could be read;
/// don't run it.
LoadedConfig load_config(const std::string& path, const std::string& home);
LoadedConfig parse_config(std::string text, const std::string& path, const std::string& home);

/// The JSON Schema (draft 2020-12) of the file, made by the functions that read it: keys, types and
/// bounds are theirs. What it can't say (names that must be configured, say) only they tell.
std::string config_schema();
/// A commented file to begin with, good as it is. `schema`: what "$schema" refers to; empty: left
/// out.
std::string starter_config(const std::string& schema);

/// "90s", "5m", "1h", "2d", "200ms" → milliseconds; "2GiB", "256KiB", "512" → bytes. Digits and one
/// unit, nothing else.
std::optional<Millis> parse_duration(std::string_view text);
std::optional<uint64_t> parse_bytes(std::string_view text);
/// The nearest of `known` within an edit distance of 3, for "did you mean".
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

/// Files and folders: the option, else CALLGATE_CONFIG, else $XDG_CONFIG_HOME/callgate/config.json;
/// CALLGATE_STATE, else $XDG_STATE_HOME/callgate. Relative XDG values are ignored, as their
/// specification says. Nothing is created.
struct Places {
  std::string config_file, state_dir, home;
  std::string config_dir;  ///< the default folder of the configuration, whichever file is used
  std::string database() const { return state_dir + "/callgate.db"; }
};
Result<Places> find_places(const std::string& config_option);

}  // namespace callgate
