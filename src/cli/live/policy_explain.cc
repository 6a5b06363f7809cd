// `callgate policy explain`: shows what the rules would decide about a call, and why. Does not make
// the call.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <utility>

#include "callgate/app/rules.h"
#include "callgate/base/text.h"
#include "callgate/guard/effect.h"
#include "callgate/io/paths.h"
#include "callgate/protocol/methods.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/text/json_text.h"
#include "cli/text/terminal.h"

namespace callgate {

namespace {

struct PolicyExplainOptions {
  std::string name, json, client, profile, account, resource, prompt, method, server;
};

/// The tool, prompt, resource or method about which the user asks. Owns the strings to which Facts
/// refers.
struct Subject {
  RuleSpec::Subject kind = RuleSpec::Subject::Tool;
  const ServerConfig* server = nullptr;  // nullptr for a resource, whose URI does not name a server
  std::string name;
};

struct ExplainedDecision {
  Explanation explanation;
  bool hidden = false;
};

/// Returns the server to which the name `written` (SERVER__TOOL) belongs. If the names of several
/// servers are the beginning of `written`, returns the server with the longest name. Returns
/// nullptr if no server's name is the beginning of `written`.
const ServerConfig* server_of(const std::string& written, const Config& config) {
  const ServerConfig* best = nullptr;
  for (const ServerConfig& server : config.servers) {
    const bool begins =
        written.rfind(server.name + "__", 0) == 0 && written.size() > server.name.size() + 2;
    if (begins && (best == nullptr || server.name.size() > best->name.size())) best = &server;
  }
  return best;
}

std::vector<std::string> names_of_servers(const Config& config) {
  std::vector<std::string> names;
  for (const ServerConfig& server : config.servers) names.push_back(server.name);
  return names;
}

/// Returns the subject for a method that MCP does not define. The gate passes on a request with
/// such a method only if there is exactly one server, so this server is the default for --server.
Result<Subject> method_subject(const PolicyExplainOptions& options, const Config& config) {
  Subject subject{.kind = RuleSpec::Subject::Method, .server = nullptr, .name = options.method};
  for (const ServerConfig& server : config.servers) {
    const bool meant =
        options.server.empty() ? config.servers.size() == 1 : server.name == options.server;
    if (meant) subject.server = &server;
  }
  if (subject.server != nullptr) return subject;
  if (!options.server.empty())
    return Error{"policy.no_server",
                 fmt::format("no server '{}' is configured{}", options.server,
                             did_you_mean(options.server, names_of_servers(config))),
                 ""};
  return Error{"policy.no_server",
               config.servers.empty()
                   ? "no server is configured, so no server gets a request with this method"
                   : "a request with a method that MCP does not have goes to the only server, but "
                     "several servers are configured",
               config.servers.empty() ? "callgate config init" : "name the server: --server NAME"};
}

Result<Subject> subject_of(const PolicyExplainOptions& options, const Config& config) {
  if (!options.method.empty()) return method_subject(options, config);
  Subject subject;
  std::string written = options.name;
  if (!options.prompt.empty()) {
    subject.kind = RuleSpec::Subject::Prompt;
    written = options.prompt;
  }
  if (!options.resource.empty()) {
    subject.kind = RuleSpec::Subject::Resource;
    subject.name = options.resource;
    return subject;
  }
  const std::vector<std::string> known = names_of_servers(config);
  written = canonical_pattern(written, known);
  subject.server = server_of(written, config);
  if (subject.server != nullptr) {
    subject.name = written.substr(subject.server->name.size() + 2);
    return subject;
  }
  const size_t end = written.find("__");
  if (end == std::string::npos) {
    return Error{"policy.no_server", fmt::format("'{}' names no server", written),
                 "write the name as server__tool"};
  }
  const std::string server = written.substr(0, end);
  return Error{"policy.no_server",
               fmt::format("no server '{}' is configured{}", server, did_you_mean(server, known)),
               ""};
}

std::string working_folder(const ServerConfig* server) {
  if (server != nullptr && !server->cwd.empty()) return server->cwd;
  char here[PATH_MAX];
  return getcwd(here, sizeof here) != nullptr ? here : "/";
}

/// Returns the account of the remote server that the call uses: the requested account, or else the
/// one of a session with the profile in the current folder. Errors: "policy.no_account".
Result<std::string> account_of(const Subject& subject, const PolicyExplainOptions& options,
                               const Profiles& profiles) {
  if (subject.server == nullptr) return options.account;
  if (options.account.empty()) {
    const auto profile = profiles.find(options.profile);
    return account_for(*subject.server,
                       profile == profiles.end() ? ChosenAccounts() : profile->second.accounts,
                       working_folder(nullptr));
  }
  std::vector<std::string> names;
  if (subject.server->remote)
    for (const AccountConfig& account : subject.server->remote->accounts)
      names.push_back(account.name);
  if (contains(names, options.account)) return options.account;
  return Error{"policy.no_account",
               fmt::format("server '{}' has no account '{}'{}", subject.server->name,
                           options.account, did_you_mean(options.account, names)),
               names.empty() ? "leave out --account" : "the accounts are: " + joined(names)};
}

RealPaths resolve_all(const std::vector<PathNeed>& needs, const std::string& cwd) {
  RealPaths real;
  for (const PathNeed& need : needs) real.push_back(resolve_path(need.path, cwd));
  return real;
}

bool is_hidden(const Subject& subject) {
  if (subject.kind != RuleSpec::Subject::Tool || subject.server == nullptr) return false;
  return hides_tool(*subject.server, subject.name);
}

std::string explain_json(const Subject& subject, const ExplainedDecision& explained) {
  const Decision& decision = explained.explanation.decision;
  JsonWriter json;
  json.begin_object().key("server");
  subject.server != nullptr ? json.string(subject.server->name) : json.null();
  json.key("name")
      .string(subject.name)
      .key("decision")
      .string(name(decision.permission))
      .key("rule");
  decision.rule.empty() ? json.null() : json.string(decision.rule);
  json.key("because");
  decision.because.empty() ? json.null() : json.string(decision.because);
  json.key("hidden").boolean(explained.hidden).key("steps").begin_array();
  for (const std::string& step : explained.explanation.steps) json.string(step);
  return json.end_array().end_object().take();
}

void print_explanation(const Subject& subject, const ExplainedDecision& explained,
                       const Common& common) {
  const Screen out = screen(common);
  const Decision& decision = explained.explanation.decision;
  const Style style = decision.permission == Permission::Allow ? Style::Green
                      : decision.permission == Permission::Ask ? Style::Yellow
                                                               : Style::Red;
  const std::string what =
      subject.server != nullptr ? subject.server->name + "__" + subject.name : subject.name;
  std::string text = fmt::format(
      "{}: {}, {}", visible(what, Lines::Escaped), styled(out, style, name(decision.permission)),
      decision.rule.empty() ? "by default" : "by rule " + visible(decision.rule, Lines::Escaped));
  if (!decision.because.empty()) text += ": " + visible(decision.because, Lines::Escaped);
  text += '\n';
  for (const std::string& step : explained.explanation.steps)
    text += "  " + visible(step, Lines::Escaped) + "\n";
  if (explained.hidden)
    text +=
        "  the server's \"tools\" hide this tool from clients: its calls are refused whatever the "
        "rules decide\n";
  print(text);
}

int explain_decision(const Subject& subject, Value args, const PolicyExplainOptions& options,
                     const std::string& account, const Rules& rules, const Common& common) {
  Facts facts;
  facts.subject = subject.kind;
  if (subject.server != nullptr) facts.server = subject.server->name;
  facts.name = subject.name;
  facts.args = args;
  facts.client = options.client;
  facts.account = account;
  if (subject.kind == RuleSpec::Subject::Tool && subject.server != nullptr) {
    const Effect effect = effect_of(subject.name, args, std::nullopt);
    facts.may_write = effect != Effect::Read && effect != Effect::Wait;
  }
  const Rights rights(rules.policy, rules.profiles, options.profile);
  CallPaths paths;
  rights.collect(facts, paths);
  paths.set_real(resolve_all(paths.needs(), working_folder(subject.server)));
  const ExplainedDecision explained{rights.explain(facts, paths), is_hidden(subject)};
  if (common.json || common.jsonl) {
    print_json(explain_json(subject, explained));
  } else {
    print_explanation(subject, explained, common);
  }
  return explained.hidden || explained.explanation.decision.permission != Permission::Allow
             ? kDenied
             : kDone;
}

/// Classifies a client's request with this method. Classifies it as a request of the legacy era or,
/// if the legacy era does not define the method, of the modern era.
Method method_named(const std::string& method) {
  JsonWriter json;
  json.begin_object().key("jsonrpc").string("2.0").key("id").integer(1);
  JsonReader reader;
  const MessagePtr message = reader.read(json.key("method").string(method).end_object().take());
  if (!message) return Method::Misplaced;
  const Result<Rpc> rpc = classify(message->root());
  if (!rpc) return Method::Misplaced;
  const Method legacy = method_of(*rpc, Sender::Client, Era::Legacy);
  return legacy == Method::Misplaced ? method_of(*rpc, Sender::Client, Era::Modern) : legacy;
}

/// Replaces --method by the equivalent option, and makes NAME the value of that option: for
/// example, `--method prompts/get NAME` becomes `--prompt NAME`. Returns false if no rule applies
/// to the method.
bool read_method(PolicyExplainOptions& options, Method method) {
  switch (method) {
    case Method::CallTool:
      break;
    case Method::GetPrompt:
      options.prompt = std::exchange(options.name, "");
      break;
    case Method::Complete: {
      const bool uri = options.name.find(':') != std::string::npos;
      (uri ? options.resource : options.prompt) = std::exchange(options.name, "");
      break;
    }
    case Method::ReadResource:
    case Method::Subscribe:
    case Method::Unsubscribe:
    case Method::Listen:
      options.resource = std::exchange(options.name, "");
      break;
    case Method::Unknown:
      return true;
    default:
      return false;
  }
  options.method.clear();
  return true;
}

/// Prints the explanation for a method to which no rule applies.
int explain_other(const std::string& method, bool misplaced, const Common& common) {
  const char* why = misplaced ? "refused: MCP defines no such request for clients, or only with "
                                "another spelling"
                              : "answered by callgate itself: no rule applies to this method";
  if (common.json || common.jsonl) {
    JsonWriter json;
    json.begin_object().key("server").null().key("name").string(method).key("decision");
    json.string(name(misplaced ? Permission::Deny : Permission::Allow)).key("rule").null();
    json.key("because").string(why).key("hidden").boolean(false).key("steps").begin_array();
    print_json(json.end_array().end_object().take());
  } else {
    print(fmt::format("{}: {}\n", visible(method, Lines::Escaped), why));
  }
  return misplaced ? kDenied : kDone;
}

int run_policy_explain(PolicyExplainOptions options, const Common& common) {
  if (!options.method.empty()) {
    if (!options.prompt.empty() || !options.resource.empty())
      return wrong_usage("policy explain: --method, --prompt and --resource exclude each other");
    const std::string method = options.method;
    const Method kind = method_named(method);
    if (!read_method(options, kind))
      return explain_other(method, kind == Method::Misplaced, common);
    if (!options.method.empty() && options.json.empty())
      options.json = std::exchange(options.name, "");
  }
  const int subjects = !options.name.empty() + !options.resource.empty() + !options.prompt.empty() +
                       !options.method.empty();
  if (subjects == 0)
    return wrong_usage(
        "policy explain: NAME is missing (or --prompt NAME, --resource URI or --method METHOD)");
  // With --prompt or --resource, the user gives no NAME, so the first word of the command line is
  // JSON, the arguments.
  std::string json = options.json;
  const bool shifted = subjects == 2 && !options.name.empty() && json.empty();
  if (shifted) json = options.name;
  if (subjects > (shifted ? 2 : 1))
    return wrong_usage("policy explain: NAME, --prompt and --resource exclude each other");
  JsonReader reader;
  const MessagePtr args = json.empty() ? nullptr : reader.read(json);
  if (!json.empty() && (!args || !args->root().is_object())) {
    return wrong_usage("policy explain: the arguments are not a JSON object");
  }
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const Result<Config> config = config_or_errors(*places);
  if (!config) return fail(config.error());
  if (const Status known = known_profile(*config, options.profile); !known)
    return wrong_usage(known.error().message);
  const Result<Rules> rules = compile_rules(*config, *places);
  if (!rules) return fail(rules.error());
  const Result<Subject> subject = subject_of(options, *config);
  if (!subject) {
    fail(subject.error());
    return kNothingFound;
  }
  const Result<std::string> account = account_of(*subject, options, rules->profiles);
  if (!account) {
    fail(account.error());
    return kNothingFound;
  }
  return explain_decision(*subject, args ? args->root() : Value(), options, *account, *rules,
                          common);
}

}  // namespace

Run add_policy_explain(Syntax& syntax) {
  const auto options = std::make_shared<PolicyExplainOptions>();
  syntax.optional("NAME", options->name, "a tool as server__tool");
  syntax.optional("JSON", options->json, "the call's arguments as a JSON object");
  syntax.value("--client", "NAME", options->client, "assume that this client makes the call");
  syntax.value("--profile", "NAME", options->profile,
               "decide about a call by a client with this profile");
  syntax.value("--account", "NAME", options->account,
               "decide about a call to this account of the remote server");
  syntax.value("--prompt", "NAME", options->prompt,
               "explain a prompt, written as server__prompt, instead of a tool");
  syntax.value("--resource", "URI", options->resource, "explain a resource instead of a tool");
  syntax.value("--method", "METHOD", options->method,
               "explain a request with this method; NAME is the request's tool, prompt or URI, if "
               "it has one");
  syntax.value("--server", "NAME", options->server,
               "the server that gets the request, if MCP does not define the method");
  return [options](const Common& common) { return run_policy_explain(*options, common); };
}

}  // namespace callgate
