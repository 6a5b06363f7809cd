#include "arena.h"

#include <algorithm>

namespace storm {

namespace {

using callgate::ArgConstraint;
using callgate::PolicyConfig;
using callgate::RuleSpec;
using reference::Json;
using reference::Reading;

const std::string kHome = "/home/me", kCwd = "/work";
const std::vector<std::string> kSecret = {"/secret", "/work/secret", "/home/me/secret"};
const std::vector<std::string> kOpenTools = {"read_file", "write_file", "list"};
const Reading kPlain{reference::Keys::Exact, reference::Wins::Last};

const std::string kCapabilities =
    R"({"tools":{"listChanged":true},"prompts":{"listChanged":true},"resources":{"subscribe":true,"listChanged":true},"logging":{},"completions":{}})";
const std::string kMeta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientInfo":{"name":"storm","version":"1"},"io.modelcontextprotocol/clientCapabilities":{"sampling":{},"elicitation":{},"roots":{}},"progressToken":7})";
const std::string kModern = R"("resultType":"complete","ttlMs":0,"cacheScope":"private",)";

PolicyConfig rules() {
  PolicyConfig rules;
  const auto deny = [&rules](RuleSpec::Subject subject, const std::string& pattern) -> RuleSpec& {
    RuleSpec& rule = rules.deny.emplace_back();
    rule.subject = subject;
    rule.pattern = pattern;
    rule.written = pattern;
    return rule;
  };
  deny(RuleSpec::Subject::Tool, "s__denied");
  deny(RuleSpec::Subject::Tool, "t__delete");
  deny(RuleSpec::Subject::Resource, "demo://secret/*");
  deny(RuleSpec::Subject::Question, "t").question = "sampling";
  ArgConstraint inside;
  inside.key = "path";
  inside.kind = ArgConstraint::Kind::Inside;
  inside.texts = kSecret;
  deny(RuleSpec::Subject::Tool, "*").args = {inside};
  return rules;
}

bool is_secret(const std::string& path) {
  return std::any_of(kSecret.begin(), kSecret.end(), [&path](const std::string& folder) {
    return path == folder || path.starts_with(folder + "/");
  });
}

std::string text_at(const Json& params, std::string_view key, const Reading& reading) {
  const Json* found = reference::find(params, key, reading);
  return found && found->is_text() ? found->text : "";
}

}  // namespace

const std::vector<Eras>& all_eras() {
  static const std::vector<Eras> all = {{false, false, "2025-06-18"},
                                        {false, false, "2025-03-26"},
                                        {true, false, ""},
                                        {false, true, "2025-11-25"},
                                        {true, true, ""}};
  return all;
}

Arena::Arena(const Eras& eras, const std::vector<std::string>& more_tools)
    : eras_(eras), more_tools_(more_tools) {
  std::vector<callgate::ServerConfig> servers(2);
  for (size_t i = 0; i < servers.size(); ++i) {
    servers[i].name = i == 0 ? "s" : "t";
    servers[i].command = "mcp-server-time";
    servers[i].retry = false;  // each allowed call must reach its server, so none may be a retry
    servers[i].era = eras.modern_server ? callgate::ServerEra::Modern : callgate::ServerEra::Legacy;
  }
  callgate::GuardConfig guard;
  guard.ladder = {callgate::Step::Observe};
  world_ = std::make_unique<callgate::World>(
      std::vector<std::string>{},
      callgate::WorldOptions{.servers = servers, .rules = rules(), .guard = guard});
  if (eras.modern_client) {
    session_ = world_->gate->open_session(world_->now, link_, {});
    client_says(request("0", "tools/list", ""));
  } else {
    session_ = world_->connect(link_, R"({"sampling":{},"elicitation":{},"roots":{}})",
                               eras.version, "storm");
    client_says(request("0", "tools/list", ""));
  }
  for (ChildIndex child = 0; child < 2; ++child) world_->gate->child_up(world_->now, child, 100);
  serve_all();
  while (!take_for_client().empty()) {
  }
}

std::string Arena::request(const std::string& id, const std::string& method,
                           const std::string& params_inside) const {
  std::string params = params_inside;
  if (eras_.modern_client) params += (params.empty() ? "" : ",") + kMeta;
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":")" + method + R"(","params":{)" + params +
         "}}";
}

void Arena::answer_paths() {
  while (!world_->paths.asked.empty()) {
    const auto question = world_->paths.asked.front();
    world_->paths.asked.pop_front();
    callgate::RealPaths real;
    for (const callgate::PathNeed& need : question.needs)
      real.emplace_back(reference::paths_of(need.path, {kCwd}, kHome).front());
    world_->gate->paths_resolved(world_->now, question.call, std::move(real));
    world_->settle();
  }
}

void Arena::client_says(const std::string& bytes) {
  world_->client_sends(session_, bytes);
  answer_paths();
}

void Arena::child_says(ChildIndex child, const std::string& bytes) {
  world_->child_sends(child, bytes);
  answer_paths();
}

std::string Arena::take_from_gate(ChildIndex& child) {
  for (child = 0; child < 2; ++child)
    if (std::string line = world_->child_gets(child); !line.empty()) return line;
  return "";
}

std::string Arena::take_from_gate() {
  ChildIndex child = 0;
  return take_from_gate(child);
}

std::string Arena::answer_to(const std::string& method) const {
  const std::string first = eras_.modern_server ? kModern : "";
  const auto list = [&first](const std::string& member, const std::string& items) {
    return "{" + first + "\"" + member + "\":[" + items + "]}";
  };
  if (method == "initialize")
    return R"({"protocolVersion":"2025-06-18","capabilities":)" + kCapabilities +
           R"(,"serverInfo":{"name":"f","version":"1"}})";
  if (method == "server/discover")
    return "{" + first + R"("supportedVersions":["2026-07-28"],"capabilities":)" + kCapabilities +
           "}";
  if (method == "tools/list") {
    std::string items;
    for (const auto* names : {&kOpenTools, &more_tools_})
      for (const std::string& name : *names)
        items += "{\"name\":" + reference::quoted(name) + R"(,"inputSchema":{"type":"object"}},)";
    return list("tools", items + R"({"name":"denied","inputSchema":{"type":"object"}},)" +
                             R"({"name":"delete","inputSchema":{"type":"object"}})");
  }
  if (method == "prompts/list") return list("prompts", R"({"name":"ask"})");
  if (method == "resources/list") return list("resources", R"({"name":"a","uri":"demo://open/a"})");
  if (method == "resources/templates/list")
    return list("resourceTemplates", R"({"name":"all","uriTemplate":"demo://{+rest}"})");
  if (method == "prompts/get") return "{" + first + R"("messages":[]})";
  if (method == "resources/read") return "{" + first + R"("contents":[]})";
  if (method == "completion/complete") return "{" + first + R"("completion":{"values":[]}})";
  if (method == "tools/call") return "{" + first + R"("content":[{"type":"text","text":"done"}]})";
  return "{}";
}

void Arena::serve(ChildIndex child, const std::string& message, const std::string& answer) {
  const auto json = reference::parse(message);
  if (!json) return;
  const Json* id = reference::find(*json, "id", kPlain);
  const std::string method = text_at(*json, "method", kPlain);
  if (!id || method.empty() || method == "subscriptions/listen") return;
  const std::string result = answer.empty() ? answer_to(method) : answer;
  child_says(child, R"({"jsonrpc":"2.0","id":)" + reference::written(*id) + R"(,"result":)" +
                        result + "}");
}

void Arena::serve_all() {
  ChildIndex child = 0;
  for (std::string line; !(line = take_from_gate(child)).empty();) serve(child, line);
}

std::string Arena::forbidden(const std::string& method, const Json& params,
                             const std::string& server, const Reading& reading) {
  const std::string name = text_at(params, "name", reading);
  if (method == "tools/call" &&
      ((server == "s" && name == "denied") || (server == "t" && name == "delete")))
    return "the rules deny the tool " + name;
  // Programs do not read a URI in a request that names a tool or a prompt.
  const bool by_name = method == "tools/call" || method == "prompts/get";
  if (const std::string uri = text_at(params, "uri", reading); !by_name && !uri.empty()) {
    const std::string url = reference::url_of(uri);
    if (uri.starts_with("demo://secret/") || url.starts_with("demo://secret/"))
      return "the rules deny the resource " + uri;
  }
  const Json* arguments = reference::find(params, "arguments", reading);
  if (method != "tools/call" || !arguments || !arguments->is_object()) return "";
  const Json* path = reference::find(*arguments, "path", reading);
  std::vector<std::string> texts;
  if (path) reference::collect_texts(*path, texts);
  for (const std::string& text : texts)
    for (const std::string& each : reference::paths_of(text, {kCwd, kHome}, kHome))
      if (is_secret(each)) return "the rules deny the path " + each;
  return "";
}

std::optional<Json> read_as_one(const std::string& bytes, std::string& why) {
  const std::vector<std::string> lines = reference::lines_of(bytes);
  if (lines.size() != 1) {
    why = std::to_string(lines.size()) + " lines for a reader of text";
    return std::nullopt;
  }
  std::optional<Json> json = reference::parse(bytes);
  if (!json || !json->is_object()) {
    why = "it is not one JSON object";
    return std::nullopt;
  }
  for (const std::string_view key : {"jsonrpc", "id", "method", "params", "result", "error"})
    if (!reference::same_for_all(*json, key, why)) return std::nullopt;
  return json;
}

}  // namespace storm
