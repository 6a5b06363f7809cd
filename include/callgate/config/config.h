// The configuration file as one value, and the functions that read it. This folder knows the file's
// grammar and defaults, and depends on no code that uses the values.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"
#include "callgate/record/durability.h"
#include "callgate/record/finding.h"

namespace callgate {

/// Limits of what the gate may use because of a client or a server. Each member has the name of its
/// key in the "limits" object of the file.
struct Limits {
  size_t line = size_t{16} << 20;   ///< bytes of one message, up to 64 MiB
  size_t queue = size_t{32} << 20;  ///< bytes queued for one peer; at least twice `line`
  size_t in_flight = 1024;          ///< requests of one session in progress at once
  size_t servers = 128;
  size_t tools = 4096;                   ///< tools, prompts, resources or templates of one server
  size_t pages = 1000;                   ///< pages that the gate fetches of one list of a child
  size_t stderr_kept = size_t{1} << 20;  ///< bytes of each child's stderr that are kept
  size_t depth = 256;                    ///< levels of nested brackets in one message
  size_t nodes = 1'000'000;              ///< JSON values in one message
  size_t connections = 1024;             ///< connections of HTTP clients
  size_t sessions = 4096;   ///< sessions of HTTP clients; also fronts of the shared gate
  Millis first_list{1000};  ///< how long a first list waits for servers that start
  bool operator==(const Limits&) const = default;
};

enum class Prefix { Always, Never };
/// Which request starts a session with a server. Legacy sends `initialize` first, and falls back to
/// the modern era's `server/discover` if the server answers that it does not know `initialize`.
/// Auto sends `server/discover` first and falls back to `initialize`. Modern sends
/// `server/discover` only.
enum class ServerEra { Legacy, Auto, Modern };
/// Which sessions share a child. All these sessions must have the same token and profile. Auto is
/// like All if the server is known to keep no state and to ask its clients nothing, otherwise like
/// Session. All: sessions with equal capabilities. One: all sessions. Root: sessions with equal
/// capabilities and the same project folder. Session: no sessions, so each session has its own
/// child.
enum class Share { Auto, All, One, Root, Session };

/// Whether a server's stdin and stdout are pipes or sockets. On Linux, the user's other processes
/// can open a pipe through /proc, but not a socket. So with Auto, stdin is a socket on Linux and a
/// pipe on other systems; stdout is a pipe.
enum class ChildStdio { Auto, Pipes, Sockets };

/// How to sign in to a remote server with OAuth, as far as the server's own answers do not say it.
/// An empty text means that the key is absent.
struct SignInConfig {
  /// Browser: a person signs in. DeviceCode: a person types a code on any device.
  /// ClientCredentials: the client itself has a secret or a key. WorkloadJwt: the platform gave the
  /// client a JWT. Enterprise: the identity provider of an organisation vouches for the person.
  /// Never: no sign-in, so a server that wants one fails.
  enum class Way { Browser, DeviceCode, ClientCredentials, WorkloadJwt, Enterprise, Never };
  /// A client that a person has registered with an authorization server. `secret` and `private_key`
  /// may contain references.
  struct Client {
    std::string id, secret;
    std::string private_key;       ///< PEM
    std::string auth;              ///< token_endpoint_auth_method of RFC 8414
    std::string key_id, audience;  ///< `kid` and `aud` of the JWT that private_key signs
    bool operator==(const Client&) const = default;
  };
  Way way = Way::Browser;
  std::vector<std::string> scopes;  ///< instead of the scopes that the server names
  Client client;
  std::string client_issuer;    ///< the only authorization server that may learn of `client`
  std::string client_document;  ///< the URL of a client ID metadata document
  std::string redirect_uri;     ///< http, on this machine; where the browser returns to
  /// Further parameters of the authorization request.
  std::vector<std::pair<std::string, std::string>> parameters;
  // The next three weaken checks, for servers that break a rule.
  std::string issuer;
  bool assume_pkce = false, omit_resource = false;
  std::string assertion;  ///< for WorkloadJwt: the JWT; may contain references
  // For Enterprise. `id_token` may contain references.
  std::string provider_token_endpoint, id_token;
  Client provider_client;
  bool operator==(const SignInConfig&) const = default;
};

/// One of several accounts of a remote server. A session uses the first account whose folders
/// contain its project folder, or else the first one without folders.
struct AccountConfig {
  std::string name;
  std::vector<std::string> under;  ///< absolute folders, `~` expanded
  bool operator==(const AccountConfig&) const = default;
};

/// The accounts that a profile chooses: the name of a server, and the name of its account.
using ChosenAccounts = std::map<std::string, std::string, std::less<>>;

/// A server that is reached at a URL, and that callgate does not start.
struct RemoteConfig {
  /// Auto: Streamable HTTP, or HTTP+SSE if the server does not support it.
  enum class Transport { Auto, Http, Sse };
  std::string url;  ///< may contain references, like the values of ServerConfig::env
  Transport transport = Transport::Auto;
  /// Names and values of further HTTP fields of each request. A value may contain references.
  std::vector<std::pair<std::string, std::string>> headers;
  bool allow_http = false;  ///< the URL may begin with http:, even if its host is another machine
  SignInConfig sign_in;
  std::vector<AccountConfig> accounts;  ///< in the order of the file; empty for a single account
  /// The one of `accounts` that is used. It depends on the project folder, so it is empty here
  /// until the gate has chosen it, and if account_for() returns "".
  std::string account;
  bool operator==(const RemoteConfig&) const = default;
};

struct ServerConfig {
  std::string name;
  std::optional<RemoteConfig> remote;  ///< if it is set, the command's members are empty
  std::string command;
  std::vector<std::string> args;
  /// Names and values of environment variables. A value may contain the references ${env:NAME},
  /// ${file:PATH}, ${cmd:COMMAND} and ${secret:NAME}.
  std::vector<std::pair<std::string, std::string>> env;
  /// Names of variables that the server gets from callgate's own environment.
  std::vector<std::string> env_pass;
  /// The server's working folder: absolute, `~` expanded; empty means callgate's own working
  /// folder.
  std::string cwd;
  bool disabled = false;
  Prefix prefix = Prefix::Always;
  ServerEra era = ServerEra::Legacy;
  Share share = Share::Auto;
  ChildStdio stdio = ChildStdio::Auto;
  Millis start_timeout{180'000}, call_timeout{300'000}, call_cap{3'600'000};
  /// To stop a server, the gate closes the server's input. After this time, it sends SIGTERM, and
  /// after the same time again, SIGKILL. The time is shorter after a failed start and when the gate
  /// process ends.
  Millis stop_timeout{5000};
  /// The gate ends a child that no session has used for this long. If this is empty, the gate ends
  /// a shared child ten minutes after the end of the last session that used it.
  std::optional<Millis> idle_stop;
  /// If false, RetryConfig does not apply to the server's tools.
  bool retry = true;
  std::vector<std::string> hide;  ///< globs on the server's own tool names; matches are hidden
  /// Globs on the server's own tool names. If set, a tool that matches none of them is hidden.
  std::optional<std::vector<std::string>> only;
  /// The error that makes the entry unusable, with its line and column; empty if the entry is
  /// valid. A server with such an entry appears in callgate's lists but is never started.
  std::optional<Error> broken;
  /// Returns the names and values that may contain references, except the URL: the HTTP fields of a
  /// remote server, or the variables of a server that callgate starts.
  const std::vector<std::pair<std::string, std::string>>& named_values() const {
    return remote ? remote->headers : env;
  }
  /// Returns the names and values of `auth` that may contain references, with names such as
  /// "auth.client_secret".
  std::vector<std::pair<std::string, std::string>> sign_in_values() const;
  /// Returns RemoteConfig::account; "" for a server that callgate starts.
  std::string_view account() const {
    return remote ? std::string_view(remote->account) : std::string_view();
  }
  bool operator==(const ServerConfig&) const = default;
};

/// Returns the name of the account of this server for a session that works in `folder`. The
/// profile's choice comes before the folders of the accounts. Returns "" if the profile chooses
/// none, and if there are no accounts or all of them are for other folders.
std::string account_for(const ServerConfig& server, const ChosenAccounts& chosen,
                        std::string_view folder);

enum class RuleList { Deny, Ask, Allow };

/// A rule's constraint on one argument.
struct ArgConstraint {
  enum class Kind { Inside, Outside, Glob, Regex, In, Min, Max, Absent };
  std::string key;  ///< an argument's name, or a JSON pointer (RFC 6901) if it begins with '/'
  Kind kind{};
  /// Folders (absolute, `~` expanded) for Inside and Outside, the pattern for Glob and Regex, or
  /// the JSON text of each allowed value for In.
  std::vector<std::string> texts;
  double bound = 0;  ///< for Min and Max
  bool operator==(const ArgConstraint&) const = default;
};

struct RuleSpec {
  /// What the rule is about. Name is for a rule that is only a glob. Such a rule matches tools and
  /// prompts.
  enum class Subject { Name, Tool, Prompt, Resource, Question, Method };
  Subject subject = Subject::Name;
  /// A glob. The rule compares it with the canonical name (server__tool) of a tool or prompt, with
  /// the URI of a resource, with the name of the server that asks a question, or with the name of a
  /// method that MCP does not define.
  std::string pattern;
  std::string question;  ///< for Question: "sampling", "elicitation", "roots" or "*"
  std::vector<ArgConstraint> args;
  std::string client;  ///< glob on the client's name; empty matches every client
  /// Glob on the session's profile; empty also matches sessions without a profile.
  std::string profile;
  /// Glob on the account of the remote server; empty also matches servers without an account.
  std::string account;
  std::string because;
  std::string written;  ///< the rule in short form for messages: `deny[1] filesystem__*`
  int line = 0, column = 0;
  bool operator==(const RuleSpec&) const = default;
};

struct PolicyConfig {
  RuleList fallback = RuleList::Allow;  ///< the key "default": the decision if no rule matches
  std::vector<RuleSpec> deny, ask, allow;
  /// The names of all configured servers, including disabled ones. Rules may name only these
  /// servers.
  std::vector<std::string> servers;
  size_t rule_count() const { return deny.size() + ask.size() + allow.size(); }
  bool operator==(const PolicyConfig&) const = default;
};

/// What a client may see and do when it starts callgate with this profile. A profile can only take
/// rights away: the global policy is evaluated as well, and the stricter decision wins.
struct ProfileConfig {
  std::string name;
  /// The servers that the client sees; nullopt means all.
  std::optional<std::vector<std::string>> servers;
  PolicyConfig policy;
  ChosenAccounts accounts;  ///< each is an account of a configured remote server
  bool operator==(const ProfileConfig&) const = default;
};

struct RecordConfig {
  Durability durability = Durability::Before;
  enum class OnFailure { Refuse, Allow } on_failure = OnFailure::Refuse;
  int keep_days = 90;                       ///< 0 means for ever
  uint64_t keep_bytes = uint64_t{2} << 30;  ///< 0 means no bound
  size_t body_limit = 256 * 1024;           ///< stored bytes of each payload; 0 stores digests only
  /// Whether secrets are masked; in the file, "protect": {"record": "mask"}.
  bool mask = true;
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
  /// Further names and addresses that a request's Host and Origin headers may have, without a port.
  /// An IPv6 address has its brackets here.
  std::vector<std::string> hosts;
  /// Further origins whose web pages may send requests to the gate, such as "app://obsidian.md".
  /// "SCHEME://*" allows every origin of that scheme, which must not be http or https.
  std::vector<std::string> origins;
  bool operator==(const HttpConfig&) const = default;
};

/// Whether the PATH is completed. With Auto: if callgate's own PATH has only the system's folders,
/// as it has when a desktop starts callgate, the folders of a login shell's PATH are added.
enum class LoginPath { Auto, Off };

/// Whether the clients of a user share one gate process, the shared gate. Auto: on Linux they do,
/// but a client that the shared gate can't serve gets a gate process of its own. Require: such a
/// client gets an error instead.
enum class SharedGateUse { Auto, Off, Require };

struct GatewayConfig {
  SharedGateUse shared = SharedGateUse::Auto;
  Millis idle_exit{60'000};  ///< the shared gate ends this long after the end of its last session
  LoginPath login_path = LoginPath::Auto;
  bool operator==(const GatewayConfig&) const = default;
};

/// When an agent counts as stuck, and what the gate does then. If an optional is empty, the guard's
/// default applies (guard/thresholds.h).
struct GuardConfig {
  enum class KnownDeadEnd : uint8_t { Advise, Block };
  /// One of the guard's rules. The rule "budget" uses `off` only.
  struct Rule {
    bool off = false;
    std::optional<double> soft, hard;
    bool operator==(const Rule&) const = default;
  };
  /// What an agent may use before it pauses for half an hour, and `calls_a_day` on a whole day. A
  /// budget of 0 is switched off.
  struct Budgets {
    std::optional<uint32_t> calls;
    std::optional<Millis> time;
    std::optional<uint64_t> bytes;
    std::optional<uint32_t> calls_a_day;
    bool operator==(const Budgets&) const = default;
  };
  struct Exemption {
    std::string tool;              ///< glob on the canonical name
    std::vector<GuardRule> rules;  ///< empty means all
    bool operator==(const Exemption&) const = default;
  };
  struct ToolEffect {
    std::string tool;  ///< glob on the canonical name
    bool reads = false;
    bool operator==(const ToolEffect&) const = default;
  };
  /// The steps that the gate takes about a finding, the weakest first.
  std::vector<Step> ladder{Step::Advise};
  std::array<Rule, kRules> rules;  ///< in the order of GuardRule
  Budgets budgets;
  std::vector<Exemption> exempt;
  /// Which tools read and which write. The elements are in the file's order. For a tool, the first
  /// element whose glob matches applies.
  std::vector<ToolEffect> effects;
  std::optional<int> dead_end_days;
  KnownDeadEnd known = KnownDeadEnd::Advise;
  bool operator==(const GuardConfig&) const = default;
};

/// What happens if a client repeats a call that may write and whose answer it did not get. Within
/// `window`, the call is not made again: the client gets the answer to the earlier call, or is told
/// that its outcome is unknown.
struct RetryConfig {
  Millis window{300'000};           ///< counts from the end of the earlier call; 0: switched off
  std::vector<std::string> exempt;  ///< globs on the canonical names of tools
  bool operator==(const RetryConfig&) const = default;
};

struct Config {
  std::string path;                   ///< the path of the file; empty if there is no file
  std::vector<ServerConfig> servers;  ///< in the file's order, including disabled ones
  PolicyConfig policy;
  std::vector<ProfileConfig> profiles;  ///< in the file's order
  RecordConfig record;
  GuardConfig guard;
  RetryConfig retry;
  HttpConfig http;
  GatewayConfig gateway;
  Limits limits;
};

/// An error with its place in the file. The `message` of the Error is `FILE:LINE:COLUMN: KEY:
/// what`, and its `next` is how the user can fix the file. Codes: "config.missing",
/// "config.unreadable", "config.not_json", "config.unknown_key" (`next` suggests the nearest key),
/// "config.type", "config.value", "config.duplicate_key", "config.unknown_server",
/// "config.unknown_profile", "config.pattern". "config.ignored" marks a note, which is not an
/// error.
struct ConfigError : Error {
  /// The place of the error, counted from 1, columns in characters; 0 for an error about the whole
  /// file.
  int line = 0, column = 0;
  /// The dotted key, such as `mcpServers.fs.cwd`; empty for an error about no key.
  std::string key;
  std::string what;  ///< the message without its place
};

/// The result of reading a file. It contains all errors of the file, not only the first one.
struct LoadedConfig {
  Config config;
  /// If there are no errors, `config` can be used; otherwise `config` has only the values that
  /// could be read.
  std::vector<ConfigError> errors;
  /// Errors in servers' entries. These servers do not start; the other servers do.
  std::vector<ConfigError> broken;
  /// Notes ("config.ignored") about keys in servers' entries that only have an effect in clients.
  std::vector<ConfigError> notes;
};
/// Reads a file of at most 4 MiB. `~` is expanded to `home`. Blocking.
LoadedConfig load_config(const std::string& path, const std::string& home);
/// Like load_config(), with the text of a file; `path` appears in errors.
LoadedConfig parse_config(std::string text, const std::string& path, const std::string& home);

/// Returns the JSON Schema (draft 2020-12) of the file. The functions that read the file also
/// generate the schema, so both have the same keys, types and bounds. Some conditions are not in
/// the schema, for example that a named server is configured.
std::string config_schema();
/// Returns a commented file to begin with, which is valid as it is. `schema` is the value of
/// "$schema"; if it is empty, the file has no such key.
std::string starter_config(const std::string& schema);

/// Parses a duration such as "90s", "5m", "1h", "2d" or "200ms": digits and one unit. Returns
/// nullopt for any other text.
std::optional<Millis> parse_duration(std::string_view text);
/// Parses a size such as "2GiB", "256KiB" or "512": digits and at most one unit. Returns the number
/// of bytes, or nullopt for any other text.
std::optional<uint64_t> parse_bytes(std::string_view text);
/// Returns the nearest of `known` within an edit distance of 3, for "did you mean". Never returns
/// an opposite of `word`, such as "enabled" for "disabled".
std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known);

/// The paths of callgate's files and folders. The configuration file is the value of --config, or
/// else of CALLGATE_CONFIG, or else $XDG_CONFIG_HOME/callgate/config.json. The state folder is the
/// value of CALLGATE_STATE, or else $XDG_STATE_HOME/callgate. Relative values of the XDG variables
/// are ignored, as the XDG Base Directory Specification requires. find_places() creates no file and
/// no folder.
struct Places {
  std::string config_file, state_dir, home;
  /// The default folder of the configuration, even if the file is elsewhere.
  std::string config_dir;
  std::string database() const { return state_dir + "/callgate.db"; }
};
Result<Places> find_places(const std::string& config_option);

}  // namespace callgate
