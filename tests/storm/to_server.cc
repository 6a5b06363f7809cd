#include <algorithm>
#include <map>

#include "storm.h"

namespace storm {

namespace {

using callgate::CallStarted;
using reference::Json;
using reference::Reading;

const Reading kPlain{reference::Keys::Exact, reference::Wins::Last};

/// Methods that the gate may send to a server, with the members of params that determine what it
/// does.
const std::map<std::string, std::vector<std::string>>& known_methods() {
  static const std::map<std::string, std::vector<std::string>> all = {
      {"tools/call", {"name", "arguments", "_meta", "task"}},
      {"prompts/get", {"name", "arguments", "_meta"}},
      {"resources/read", {"uri", "_meta"}},
      {"resources/subscribe", {"uri", "_meta"}},
      {"resources/unsubscribe", {"uri", "_meta"}},
      {"completion/complete", {"ref", "argument", "context", "_meta"}},
      {"notifications/cancelled", {"requestId", "reason"}},
      {"notifications/progress", {"progressToken", "progress", "total", "message"}},
      {"notifications/roots/list_changed", {}},
      {"notifications/initialized", {}},
      {"logging/setLevel", {"level"}},
      {"subscriptions/listen", {"notifications"}},
      {"tools/list", {}},
      {"prompts/list", {}},
      {"resources/list", {}},
      {"resources/templates/list", {}},
      {"ping", {}},
  };
  return all;
}

std::string seed_of(const Arena& arena, const std::vector<Sample>& samples, Random& random) {
  const std::string id = random.of<std::string>({"1", "2", "\"a\"", "77"});
  const std::string server = random.of<std::string>({"s__", "t__"});
  const auto call = [&](const std::string& tool, const std::string& arguments) {
    return arena.request(
        id, "tools/call",
        "\"name\":" + reference::quoted(server + tool) + ",\"arguments\":" + arguments +
            (arena.eras().modern_client || random.one_in(2) ? ""
                                                            : R"(,"_meta":{"progressToken":5})"));
  };
  switch (random.below(14)) {
    case 0:
      return arena.request(id, "resources/read", R"("uri":"demo://open/a")");
    case 1:
      return arena.request(id, "prompts/get",
                           "\"name\":\"" + server + R"(ask","arguments":{"a":"b"})");
    case 2:
      return arena.request(id, "completion/complete",
                           R"("ref":{"type":"ref/prompt","name":")" + server +
                               R"(ask"},"argument":{"name":"a","value":"b"})");
    case 3:
      return arena.request(id, "resources/subscribe", R"("uri":"demo://open/a")");
    case 4:
      return R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1,"reason":"over"}})";
    case 5:
      return R"({"jsonrpc":"2.0","method":"notifications/roots/list_changed","params":{}})";
    case 6:
      return arena.request(id, "tools/list", "");
    case 7:
      return arena.request(id, "logging/setLevel", R"("level":"info")");
    case 8:
      return call("read_file", R"({"path":["/work/a","/work/b"],"deep":{"path":"/work/c"}})");
    case 9:
      return call("read_file", R"({"path":"[\"/work/a\"]"})");
    case 10:
      if (samples.empty()) return call("list", "{}");
      [[fallthrough]];
    case 11:
      if (!samples.empty()) {
        const Sample& sample = random.of(samples);
        return call(sample.tool, sample.arguments);
      }
      return call("write_file", R"({"path":"/work/a","content":"x\ny","mode":420})");
    default:
      return call("read_file", R"({"path":"/work/a.txt","head":10})");
  }
}

bool is_not_allowed(const CallStarted& call) {
  return call.permission != callgate::Permission::Allow;
}

/// The gate itself answers a subscription that the server already has or watches in another way,
/// and a completion for a server without completions.
bool may_stay_here(const CallStarted& call) {
  return call.kind == callgate::CallKind::Subscribe ||
         call.kind == callgate::CallKind::Unsubscribe || call.kind == callgate::CallKind::Complete;
}

/// Removes the recorded call for these bytes. Returns false if there is none.
bool take_recorded(std::vector<CallStarted>& calls, const std::string& server,
                   const std::string& method, const std::string& target, const Json* arguments) {
  const auto found = std::find_if(calls.begin(), calls.end(), [&](const CallStarted& call) {
    if (call.server != server || name(call.kind) != method || call.tool != target) return false;
    if (call.permission != callgate::Permission::Allow) return false;
    const auto kept = reference::parse(call.args.bytes);
    const Json* recorded = kept ? &*kept : nullptr;
    if (kept && call.kind == callgate::CallKind::Complete)  // its row has all of params
      recorded = reference::find(*kept, "argument", kPlain);
    if (!recorded || !arguments) return !recorded == !arguments;
    return reference::canonical(*recorded, kPlain) == reference::canonical(*arguments, kPlain);
  });
  if (found == calls.end()) return false;
  calls.erase(found);
  return true;
}

class Checker {
 public:
  Checker(std::vector<CallStarted>& calls, Figures& figures) : calls_(calls), figures_(figures) {}

  /// Returns why some program reads these bytes differently from the gate's decision, or "" if none
  /// does.
  std::string check(const std::string& server, const std::string& bytes) {
    ++figures_.forwarded;
    std::string why;
    const auto message = read_as_one(bytes, why);
    if (!message) return why;
    const Json* method = reference::find(*message, "method", kPlain);
    if (!method) return answer(*message);
    const auto known = known_methods().find(method->text);
    if (known == known_methods().end()) return "a method that no rule has seen";
    const Json* params = reference::find(*message, "params", kPlain);
    const Json none{.kind = Json::Kind::Object};
    const bool named = params && params->is_object();
    if (params && !named && !known->second.empty()) return "params are no object";
    if (!named) params = nullptr;  // the method uses no member, so a list is harmless
    if (!params) params = &none;
    for (const std::string& key : known->second)
      if (!reference::same_for_all(*params, key, why)) return why;
    if (reference::has_twins(*params, why)) return why;
    for (const Reading& reading : reference::all_readings())
      if (why = Arena::forbidden(method->text, *params, server, reading); !why.empty())
        return why + " (" + reference::name(reading) + ")";
    return recorded(method->text, server, *params);
  }

 private:
  /// Checks an answer to a server's question.
  std::string answer(const Json& message) {
    const Json* id = reference::find(message, "id", kPlain);
    if (!id || id->text != "q") return "an answer with an id that the server did not send";
    const Json* result = reference::find(message, "result", kPlain);
    if (!result || !result->is_object()) return "";
    std::string why;
    for (const std::string key : {"action", "content", "roots", "role", "model", "_meta"})
      if (!reference::same_for_all(*result, key, why)) return why;
    reference::has_twins(*result, why);
    return why;
  }

  std::string recorded(const std::string& method, const std::string& server, const Json& params) {
    static const std::set<std::string> uses = {"tools/call", "prompts/get"};
    static const std::set<std::string> by_uri = {"resources/read", "resources/subscribe",
                                                 "resources/unsubscribe"};
    const bool completes = method == "completion/complete";
    if (!completes && !uses.contains(method) && !by_uri.contains(method)) return "";
    ++figures_.calls;
    const Json* named = completes ? reference::find(params, "ref", kPlain) : &params;
    const Json* target = named ? reference::find(*named, "name", kPlain) : nullptr;
    if (named && (!target || by_uri.contains(method)))
      target = reference::find(*named, "uri", kPlain);
    if (!target || !target->is_text()) return "nothing is named";
    const Json* arguments = completes               ? reference::find(params, "argument", kPlain)
                            : uses.contains(method) ? reference::find(params, "arguments", kPlain)
                                                    : nullptr;
    if (!take_recorded(calls_, server, method, target->text, arguments))
      return "the record has no such call";
    return "";
  }

  std::vector<CallStarted>& calls_;
  Figures& figures_;
};

/// Lets a server ask the client; returns an answer, or nothing if the client is not asked.
std::string question_answered(Arena& arena, Random& random) {
  const std::string method =
      random.of<std::string>({"elicitation/create", "roots/list", "sampling/createMessage"});
  arena.child_says(0, R"({"jsonrpc":"2.0","id":"q","method":")" + method +
                          R"(","params":{"message":"m","messages":[],"maxTokens":1,)"
                          R"("requestedSchema":{"type":"object","properties":{}}}})");
  const auto question = reference::parse(arena.take_for_client());
  const Json* id = question ? reference::find(*question, "id", kPlain) : nullptr;
  if (!id || !reference::find(*question, "method", kPlain)) return "";
  const std::string result =
      method == "roots/list" ? R"({"roots":[{"uri":"file:///work","name":"w"}]})"
      : method == "elicitation/create"
          ? R"({"action":"accept","content":{"a":"b"}})"
          : R"({"role":"assistant","model":"m","content":{"type":"text","text":"a"}})";
  return R"({"jsonrpc":"2.0","id":)" + reference::written(*id) + R"(,"result":)" + result + "}";
}

/// The ids of a message, or of those in a batch.
std::set<std::string> ids_of(const std::string& bytes) {
  std::set<std::string> ids = {"null"};
  const auto json = reference::parse(bytes);
  if (!json) return ids;
  const auto add = [&ids](const Json& message) {
    for (const auto& [key, value] : message.members)
      if (key == "id") ids.insert(reference::written(value));
  };
  add(*json);
  for (const Json& item : json->items) add(item);
  return ids;
}

}  // namespace

std::optional<Fault> step_to_server(Arena& arena, const std::vector<Sample>& samples,
                                    Random& random, Figures& figures) {
  const std::string answer = random.one_in(8) ? question_answered(arena, random) : "";
  while (!arena.take_for_client().empty()) {
  }
  arena.serve_all();  // a question may have been refused
  const std::string seed = answer.empty() ? seed_of(arena, samples, random) : answer;
  const std::string denied =
      arena.request("9", "tools/call", R"("name":"s__denied","arguments":{"path":"/secret/key"})");
  const std::string inner =
      R"({"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"denied","arguments":{}}})";
  const std::string sent = mutated(seed, {denied, inner, seed}, random);
  ++figures.messages;
  arena.record().events.clear();
  arena.client_says(sent);
  std::vector<CallStarted> calls = arena.record().all<CallStarted>();
  std::erase_if(calls, is_not_allowed);
  Checker checker(calls, figures);
  ChildIndex child = 0;
  for (std::string got; !(got = arena.take_from_gate(child)).empty();) {
    if (const std::string why = checker.check(child == 0 ? "s" : "t", got); !why.empty())
      return Fault{why, sent, got};
    arena.serve(child, got);
  }
  const std::set<std::string> ids = ids_of(sent);
  const bool readable = reference::parse(sent).has_value();  // otherwise its id is salvaged
  for (std::string got; !(got = arena.take_for_client()).empty();) {
    std::string why;
    const auto message = read_as_one(got, why);
    if (!message) return Fault{"to the client: " + why, sent, got};
    const Json* id = reference::find(*message, "id", kPlain);
    if (reference::find(*message, "error", kPlain)) ++figures.refused;
    if (got.find("\"inputRequests\"") != std::string::npos) arena.spent = true;
    const bool answers = id && !reference::find(*message, "method", kPlain);
    if (answers && readable && !ids.contains(reference::written(*id)))
      return Fault{"an answer with an id that the client did not send", sent, got};
  }
  std::erase_if(calls, may_stay_here);
  // A modern client may get a question before its call continues.
  if (!calls.empty() && !arena.spent)
    return Fault{"the record has a call that no server got", sent, ""};
  if (!answer.empty()) arena.client_says(answer);
  arena.serve_all();
  return std::nullopt;
}

}  // namespace storm
