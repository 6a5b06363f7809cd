// The configuration file as one value. This room knows the file's grammar and defaults, but not
// who uses them.
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

/// Bounds on what a peer controls. Each is a key of the "limits" object, by the same name.
struct Limits {
  size_t line = size_t{16} << 20;   ///< bytes of one message, up to 64 MiB
  size_t queue = size_t{32} << 20;  ///< bytes queued for one peer; at least two lines
  size_t in_flight = 1024;          ///< requests of one session
  size_t servers = 128;
  size_t tools = 4096;                   ///< tools, prompts, resources or templates of one server
  size_t pages = 1000;                   ///< pages of one list of a child
  size_t stderr_kept = size_t{1} << 20;  ///< bytes of each child's stderr
  size_t depth = 256;                    ///< open brackets of one message
  size_t nodes = 1'000'000;              ///< values of one message
  size_t connections = 1024;             ///< of HTTP clients
  size_t sessions = 4096;                ///< of HTTP clients
  Millis first_list{1000};               ///< how long the first list waits for servers
  bool operator==(const Limits&) const = default;
};

enum class Prefix { Always, Never };
/// How a server is greeted. Legacy sends `initialize` first, and falls back to the modern era's
/// `server/discover` if the server answers that it does not know `initialize`. Auto sends
/// `server/discover` first and falls back to `initialize`. Modern sends `server/discover` only.
enum class ServerEra { Legacy, Auto, Modern };
/// Which sessions of one token and profile share a child. Auto: sessions with equal capabilities,
/// if the server is known to keep no state and does not ask its clients. All: sessions with equal
/// capabilities. One: all sessions. Root: sessions with equal capabilities and the same project
/// folder. Session: none.
enum class Share { Auto, All, One, Root, Session };

/// What a server's stdin and stdout are. Other processes of the user can open a pipe by its name in
/// /proc, but not a socket. Auto: stdin is a socket where pipes can be opened this way (Linux).
enum class ChildStdio { Auto, Pipes, Sockets };

struct ServerConfig {
  std::string name;
  std::string command;
  std::vector<std::string> args;
  /// Names and values. Values may hold ${env:}, ${file:}, ${cmd:} and ${secret:}.
  std::vector<std::pair<std::string, std::string>> env;
  std::vector<std::string> env_pass;  ///< names of variables passed on from our own environment
  std::string cwd;                    ///< absolute, `~` expanded; empty means our own
  bool disabled = false;
  Prefix prefix = Prefix::Always;
  ServerEra era = ServerEra::Legacy;
  Share share = Share::Auto;
  ChildStdio stdio = ChildStdio::Auto;
  Millis start_timeout{180'000}, call_timeout{300'000}, call_cap{3'600'000};
  /// The time from the end of the server's input to SIGTERM, and again from there to SIGKILL. It is
  /// shorter after a failed start and when the gate process ends.
  Millis stop_timeout{5000};
  /// A child that no session has used for this long is ended. If absent, a shared child is ended
  /// ten minutes after its last session has left.
  std::optional<Millis> idle_stop;
  std::vector<std::string> hide;  ///< globs on the server's own tool names; matches are hidden
  /// Globs on the server's own tool names. If set, a tool that matches none of them is hidden.
  std::optional<std::vector<std::string>> only;
  /// Why the entry can't be used, with its place in the file. Such a server is listed but never
  /// started. Empty if the entry is valid.
  std::string broken;
  bool operator==(const ServerConfig&) const = default;
};

enum class RuleList { Deny, Ask, Allow };

/// A constraint on one argument. Exactly one kind is set.
struct ArgConstraint {
  enum class Kind { Inside, Outside, Glob, Regex, In, Min, Max, Absent };
  std::string key;  ///< an argument's name, or a JSON pointer (RFC 6901) if it begins with '/'
  Kind kind{};
  /// Folders (absolute, `~` expanded) for Inside and Outside, the pattern for Glob and Regex, the
  /// JSON text of each value for In.
  std::vector<std::string> texts;
  double bound = 0;  ///< for Min and Max
  bool operator==(const ArgConstraint&) const = default;
};

struct RuleSpec {
  /// What the rule is about. Name is a bare glob, which matches tools and prompts.
  enum class Subject { Name, Tool, Prompt, Resource, Question, Method };
  Subject subject = Subject::Name;
  /// A glob: on the canonical name, except for Resource (on the URI), Question (on the name of the
  /// server that asks) and Method (on a method that MCP does not have).
  std::string pattern;
  std::string question;  ///< for Question: "sampling", "elicitation", "roots" or "*"
  std::vector<ArgConstraint> args;
  std::string client;   ///< glob on the client's name; empty matches every client
  std::string profile;  ///< glob on the session's profile; empty also matches "no profile"
  std::string because;
  std::string written;  ///< short form for messages: `deny[1] filesystem__*`
  int line = 0, column = 0;
  bool operator==(const RuleSpec&) const = default;
};

struct PolicyConfig {
  RuleList fallback = RuleList::Allow;  ///< "default"
  std::vector<RuleSpec> deny, ask, allow;
  /// The names of all configured servers, including disabled ones. Rules may name these.
  std::vector<std::string> servers;
  size_t rule_count() const { return deny.size() + ask.size() + allow.size(); }
  bool operator==(const PolicyConfig&) const = default;
};

/// A client's job description. It can only narrow what the client may do: the global policy is
/// evaluated as well, and the stricter decision wins.
struct ProfileConfig {
  std::string name;
  std::optional<std::vector<std::string>> servers;  ///< the servers it sees; nullopt means all
  PolicyConfig policy;
  bool operator==(const ProfileConfig&) const = default;
};

struct RecordConfig {
  enum class Durability { Off, Lazy, Before, Fsync } durability = Durability::Before;
  enum class OnFailure { Refuse, Allow } on_failure = OnFailure::Refuse;
  int keep_days = 90;                       ///< 0 means for ever
  uint64_t keep_bytes = uint64_t{2} << 30;  ///< 0 means no bound
  size_t body_limit = 256 * 1024;           ///< stored bytes of each payload; 0 stores digests only
  bool mask = true;                         ///< the key is "protect": {"record": "mask"}
  bool operator==(const RecordConfig&) const = default;
};

/// Where `callgate serve` listens.
struct ListenAddress {
  std::string host;  ///< a name or an address; an IPv6 address has no brackets here
  uint16_t port = 0;
  bool operator==(const ListenAddress&) const = default;
};
/// Parses "HOST:PORT" or "[IPv6]:PORT".
std::optional<ListenAddress> parse_listen(std::string_view text);

struct HttpConfig {
  std::vector<ListenAddress> listen{{"127.0.0.1", 7420}};
  /// Further names and addresses that requests may have in Host and Origin, without a port. An IPv6
  /// address has its brackets.
  std::vector<std::string> hosts;
  /// Further origins whose pages may call us, such as "app://obsidian.md". "SCHEME://*" allows
  /// every origin of that scheme, which must not be http or https.
  std::vector<std::string> origins;
  bool operator==(const HttpConfig&) const = default;
};

/// Auto: if our own PATH is poor, the PATH of a login shell is read and added to it.
enum class LoginPath { Auto, Off };

struct GatewayConfig {
  LoginPath login_path = LoginPath::Auto;
  bool operator==(const GatewayConfig&) const = default;
};

/// What is done about agents that are stuck. An empty optional means the guard's own default.
struct GuardConfig {
  enum class Step : uint8_t { Observe, Advise, Delay, Ask, Block, Pause };
  enum class KnownDeadEnd : uint8_t { Advise, Block };
  /// One of the rules R1 to R7. R7 uses `off` only.
  struct Rule {
    bool off = false;
    std::optional<double> soft, hard;
    bool operator==(const Rule&) const = default;
  };
  /// 0 switches a budget off.
  struct Budgets {
    std::optional<uint32_t> calls;
    std::optional<Millis> time;
    std::optional<uint64_t> bytes;
    std::optional<uint32_t> calls_a_day;
    bool operator==(const Budgets&) const = default;
  };
  struct Exemption {
    std::string tool;            ///< glob on the canonical name
    std::vector<uint8_t> rules;  ///< numbers from 1 to 7; empty means all
    bool operator==(const Exemption&) const = default;
  };
  struct ToolEffect {
    std::string tool;  ///< glob on the canonical name
    bool reads = false;
    bool operator==(const ToolEffect&) const = default;
  };
  static constexpr size_t kRules = 7;

  std::vector<Step> ladder{Step::Advise};  ///< weakest first
  std::array<Rule, kRules> rules;          ///< R1 is at index 0
  Budgets budgets;
  std::vector<Exemption> exempt;
  std::vector<ToolEffect> effects;  ///< in the file's order; the first match counts
  std::optional<int> dead_end_days;
  KnownDeadEnd known = KnownDeadEnd::Advise;
  bool operator==(const GuardConfig&) const = default;
};

struct Config {
  std::string path;                   ///< of the file; empty without a file
  std::vector<ServerConfig> servers;  ///< in the file's order, including disabled ones
  PolicyConfig policy;
  std::vector<ProfileConfig> profiles;  ///< in the file's order
  RecordConfig record;
  GuardConfig guard;
  HttpConfig http;
  GatewayConfig gateway;
  Limits limits;
};

/// An error with its place in the file. The message of the Error is `FILE:LINE:COLUMN: KEY: what`,
/// and `next` says how to fix it. Codes: "config.missing", "config.unreadable", "config.not_json",
/// "config.unknown_key" (`next` suggests the nearest key), "config.type", "config.value",
/// "config.duplicate_key", "config.unknown_server", "config.unknown_profile", "config.pattern".
/// "config.ignored" is only a note.
struct ConfigError : Error {
  int line = 0, column = 0;  ///< from 1, columns in characters; 0 if it is about the whole file
  std::string key;           ///< dotted, such as `mcpServers.fs.cwd`; empty if it is about no key
  std::string what;          ///< the message without its place
};

/// The result of reading a file, with all its errors, not only the first.
struct LoadedConfig {
  Config config;
  /// If empty, the configuration can be used. Otherwise `config` holds only what could be read.
  std::vector<ConfigError> errors;
  /// Errors in servers' entries. These servers do not start; the other servers do.
  std::vector<ConfigError> broken;
  /// Clients' keys in servers' entries that have no effect here ("config.ignored").
  std::vector<ConfigError> notes;
};
/// Reads a file of at most 4 MiB. `~` is expanded to `home`. Blocking.
LoadedConfig load_config(const std::string& path, const std::string& home);
/// The same for the text of a file; `path` appears in errors.
LoadedConfig parse_config(std::string text, const std::string& path, const std::string& home);

/// Returns the JSON Schema (draft 2020-12) of the file. The functions that read the file generate
/// it, so keys, types and bounds are always theirs. Some conditions only the reader checks, for
/// example that a named server is configured.
std::string config_schema();
/// Returns a commented file to begin with, which is valid as it is. `schema` is the value of
/// "$schema"; if it is empty, the file has no such key.
std::string starter_config(const std::string& schema);

/// "90s", "5m", "1h", "2d", "200ms" → milliseconds. Only digits and one unit are allowed.
std::optional<Millis> parse_duration(std::string_view text);
/// "2GiB", "256KiB", "512" → bytes. Only digits and at most one unit are allowed.
std::optional<uint64_t> parse_bytes(std::string_view text);
/// Returns the nearest of `known` within an edit distance of 3, for "did you mean". An opposite
/// ("enabled", "disabled") is never suggested.
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

/// Files and folders. The configuration file is that of the option, else of CALLGATE_CONFIG, else
/// $XDG_CONFIG_HOME/callgate/config.json. The state folder is CALLGATE_STATE, else
/// $XDG_STATE_HOME/callgate. Relative XDG values are ignored, as the XDG Base Directory
/// Specification requires. Nothing is created.
struct Places {
  std::string config_file, state_dir, home;
  std::string config_dir;  ///< the default folder of the configuration, even if it is not used
  std::string database() const { return state_dir + "/callgate.db"; }
};
Result<Places> find_places(const std::string& config_option);

}  // namespace callgate
