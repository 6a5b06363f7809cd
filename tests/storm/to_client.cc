#include <algorithm>
#include <map>

#include "storm.h"

namespace storm {

namespace {

using reference::Json;
using reference::Reading;

const Reading kPlain{reference::Keys::Exact, reference::Wins::Last};

/// Methods that a client accepts from a server, with the members of params that it uses.
const std::map<std::string, std::vector<std::string>>& known_methods() {
  static const std::map<std::string, std::vector<std::string>> all = {
      {"sampling/createMessage", {"messages", "systemPrompt", "maxTokens", "tools", "_meta"}},
      {"elicitation/create", {"message", "requestedSchema", "mode", "url", "elicitationId"}},
      {"roots/list", {"_meta"}},
      {"notifications/message", {"level", "logger", "data"}},
      {"notifications/progress", {"progressToken", "progress", "total", "message"}},
      {"notifications/cancelled", {"requestId", "reason"}},
      {"notifications/resources/updated", {"uri"}},
      {"notifications/tools/list_changed", {}},
      {"notifications/prompts/list_changed", {}},
      {"notifications/resources/list_changed", {}},
      {"notifications/elicitation/complete", {"elicitationId"}},
  };
  return all;
}

const std::vector<std::string> kResult = {
    "content",     "structuredContent", "isError",           "_meta",      "task",
    "resultType",  "contents",          "messages",          "completion", "tools",
    "prompts",     "resources",         "resourceTemplates", "nextCursor", "inputRequests",
    "requestState"};
const std::vector<std::string> kItem = {"name",        "uri",       "uriTemplate", "inputSchema",
                                        "description", "arguments", "annotations", "outputSchema"};

std::string differs(const Json& object, const std::vector<std::string>& keys,
                    const std::string& where) {
  std::string why;
  if (object.is_object())
    for (const std::string& key : keys)
      if (!reference::same_for_all(object, key, why)) return where + why;
  return "";
}

class Checker {
 public:
  Checker(Arena& arena, std::string client_id) : arena_(arena), client_id_(std::move(client_id)) {}

  std::string check(const std::string& bytes) {
    std::string why;
    const auto message = read_as_one(bytes, why);
    if (!message) return why;
    const Json* id = reference::find(*message, "id", kPlain);
    if (const Json* method = reference::find(*message, "method", kPlain))
      return call(*message, method->text, id);
    if (!id || reference::written(*id) != client_id_)
      return "an answer with an id that the client did not send";
    answered_ = true;
    if (const Json* error = reference::find(*message, "error", kPlain))
      return differs(*error, {"code", "message", "data"}, "error: ");
    const Json* result = reference::find(*message, "result", kPlain);
    if (!result) return "neither a result nor an error";
    if (why = differs(*result, kResult, "result: "); !why.empty()) return why;
    return items(*result);
  }

  bool answered() const { return answered_; }

 private:
  std::string call(const Json& message, const std::string& method, const Json* id) {
    const auto known = known_methods().find(method);
    if (known == known_methods().end()) return "a method that clients do not have";
    const bool question = method.find("notifications/") != 0;
    if (question != (id != nullptr)) return "a notification with an id, or a question without";
    const Json* params = reference::find(message, "params", kPlain);
    if (!params) return question ? recorded(method, nullptr) : "";
    if (const std::string why = differs(*params, known->second, "params: "); !why.empty())
      return why;
    if (!question) return "";
    if (std::string why; reference::has_twins(*params, why)) return why;
    return recorded(method, params);
  }

  std::string recorded(const std::string& method, const Json* params) {
    for (const callgate::Question& question : arena_.record().all<callgate::Question>()) {
      if (question.method != method || question.permission != callgate::Permission::Allow) continue;
      const auto kept = reference::parse(question.params.bytes);
      if (!kept || !params) return !kept == !params ? "" : "the record has other params";
      if (without_token(*kept) == without_token(*params)) return "";
    }
    return "the record has no such question";
  }

  /// Removes what the gate changes: the progress token, a member that only one era has, and a
  /// `_meta` that is null.
  static std::string without_token(Json params) {
    std::erase_if(params.members, [](const auto& member) {
      return member.key == "elicitationId" ||
             (member.key == "_meta" && member.value.kind == Json::Kind::Null);
    });
    for (auto& [key, meta] : params.members)
      if (key == "_meta")
        std::erase_if(meta.members, [](const auto& each) { return each.key == "progressToken"; });
    return reference::canonical(params, kPlain);
  }

  static std::string items(const Json& result) {
    for (const char* list : {"tools", "prompts", "resources", "resourceTemplates"}) {
      const Json* all = reference::find(result, list, kPlain);
      if (!all) continue;
      for (const Json& item : all->items)
        if (const std::string why = differs(item, kItem, "an item: "); !why.empty()) return why;
    }
    return "";
  }

  Arena& arena_;
  const std::string client_id_;
  bool answered_ = false;
};

std::string id_of(const std::string& bytes) {
  const auto json = reference::parse(bytes);
  const Json* id = json ? reference::find(*json, "id", kPlain) : nullptr;
  return id ? reference::written(*id) : "";
}

std::string answer(const std::string& id, const std::string& result) {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":)" + result + "}";
}

std::string unasked_seed(Random& random) {
  switch (random.below(8)) {
    case 0:
      return R"({"jsonrpc":"2.0","id":"q","method":"sampling/createMessage","params":{"messages":[{"role":"user","content":{"type":"text","text":"hi"}}],"maxTokens":9,"_meta":{"progressToken":1}}})";
    case 1:
      return R"({"jsonrpc":"2.0","id":"q","method":"elicitation/create","params":{"message":"m","requestedSchema":{"type":"object","properties":{"a":{"type":"string"}}}}})";
    case 2:
      return R"({"jsonrpc":"2.0","id":3,"method":"roots/list"})";
    case 3:
      return R"({"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":4,"progress":1,"total":2,"message":"half"}})";
    case 4:
      return R"({"jsonrpc":"2.0","method":"notifications/resources/updated","params":{"uri":"demo://open/a"}})";
    case 5:
      return R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q","reason":"over"}})";
    default:
      return R"({"jsonrpc":"2.0","method":"notifications/message","params":{"level":"info","logger":"l","data":{"a":[1,"b"]}}})";
  }
}

const std::string kInner =
    R"({"jsonrpc":"2.0","id":1,"method":"sampling/createMessage","params":{"messages":[],"maxTokens":1}})";
const std::string kInnerAnswer = R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})";

std::string result_of(const Arena& arena, const std::vector<Sample>& samples, Random& random) {
  const std::string first = arena.eras().modern_server ? R"("resultType":"complete",)" : "";
  if (!samples.empty() && random.one_in(2))
    return "{" + first + R"("content":[{"type":"text","text":)" + random.of(samples).result + "}]}";
  return "{" + first +
         random.of<std::string>(
             {R"("content":[{"type":"text","text":"a\nb"}])",
              R"("content":[],"structuredContent":{"a":1,"list":[{"k":null}]},"_meta":{"x/y":1})",
              R"("content":[{"type":"resource_link","uri":"demo://open/b","name":"b"}],"isError":true)",
              R"("content":[{"type":"resource","resource":{"uri":"demo://open/c","text":"t"}}])"}) +
         "}";
}

std::string list_of(const Arena& arena, const std::string& member) {
  const std::string first = arena.eras().modern_server
                                ? R"("resultType":"complete","ttlMs":0,"cacheScope":"private",)"
                                : "";
  const std::map<std::string, std::string> items = {
      {"tools",
       R"({"name":"read_file","title":"R","description":"d","inputSchema":{"type":"object","properties":{"path":{"type":"string"}},"required":["path"]},"annotations":{"readOnlyHint":true}},{"name":"list","inputSchema":{"type":"object"}})"},
      {"prompts", R"({"name":"ask","arguments":[{"name":"a","required":true}]})"},
      {"resources", R"({"name":"a","uri":"demo://open/a","mimeType":"text/plain"})"}};
  return "{" + first + "\"" + member + "\":[" + items.at(member) + "]}";
}

/// One step: the bytes that it has sent, and what came of them.
class Step {
 public:
  Step(Arena& arena, const std::vector<Sample>& samples, Random& random, Figures& figures)
      : arena_(arena), samples_(samples), random_(random), figures_(figures) {}

  std::optional<Fault> run() {
    ++figures_.messages;
    arena_.record().events.clear();
    if (random_.one_in(10)) return list();
    if (random_.one_in(3)) return unasked();
    return called();
  }

 private:
  std::string odd(const std::string& seed) {
    sent_ = mutated(seed, {kInner, kInnerAnswer, seed}, random_);
    return sent_;
  }

  std::optional<Fault> check(const std::string& id, bool* answered = nullptr) {
    Checker checker(arena_, id);
    for (std::string got; !(got = arena_.take_for_client()).empty();) {
      ++figures_.forwarded;
      if (got.find("\"error\":") != std::string::npos) ++figures_.refused;
      if (const std::string why = checker.check(got); !why.empty()) return Fault{why, sent_, got};
    }
    if (answered) *answered = checker.answered();
    return std::nullopt;
  }

  std::optional<Fault> called() {
    arena_.client_says(arena_.request(
        "55", "tools/call",
        R"("name":"s__read_file","arguments":{"path":"/work/a"})" +
            std::string(arena_.eras().modern_client ? "" : R"(,"_meta":{"progressToken":4})")));
    const std::string id = id_of(arena_.take_from_gate());
    if (id.empty()) return asked_first();
    ++figures_.calls;
    const std::string result = result_of(arena_, samples_, random_);
    const std::string seed = random_.one_in(6)
                                 ? R"({"jsonrpc":"2.0","id":)" + id +
                                       R"(,"error":{"code":-32000,"message":"no","data":{"a":1}}})"
                             : random_.one_in(6) ? unasked_seed(random_)
                                                 : answer(id, result);
    arena_.child_says(0, odd(seed));
    bool answered = false;
    if (const auto fault = check("55", &answered)) return fault;
    arena_.serve_all();
    if (!answered) {
      arena_.child_says(0, answer(id, result));
      if (const auto fault = check("55")) return fault;
    }
    return settle();
  }

  /// A modern client may get a question before its call continues.
  std::optional<Fault> asked_first() {
    const std::string got = arena_.take_for_client();
    arena_.spent = got.find("\"inputRequests\"") != std::string::npos;
    if (arena_.spent) return std::nullopt;
    return Fault{"a plain call did not reach its server", "", got};
  }

  std::optional<Fault> unasked() {
    arena_.child_says(static_cast<ChildIndex>(random_.below(2)), odd(unasked_seed(random_)));
    if (const auto fault = check("none")) return fault;
    return settle();
  }

  std::optional<Fault> list() {
    const std::string member = random_.of<std::string>({"tools", "prompts", "resources"});
    arena_.child_says(
        0, R"({"jsonrpc":"2.0","method":"notifications/)" + member + R"(/list_changed"})");
    for (std::string asked; !(asked = arena_.take_from_gate()).empty();) {
      const bool wanted = asked.find("\"" + member + "/list\"") != std::string::npos;
      if (wanted)
        arena_.child_says(0, odd(answer(id_of(asked), list_of(arena_, member))));
      else
        arena_.serve(0, asked);
    }
    if (const auto fault = check("none")) return fault;
    arena_.client_says(arena_.request("56", member + "/list", ""));
    arena_.serve_all();
    if (const auto fault = check("56")) return fault;
    if (member != "tools") return settle();
    // Restores the tools for the next step.
    arena_.child_says(0, R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})");
    arena_.serve_all();
    return settle();
  }

  /// Ends open questions.
  std::optional<Fault> settle() {
    arena_.serve_all();
    arena_.child_says(
        0, R"({"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":"q"}})");
    return check("56");
  }

  Arena& arena_;
  const std::vector<Sample>& samples_;
  Random& random_;
  Figures& figures_;
  std::string sent_;
};

}  // namespace

std::optional<Fault> step_to_client(Arena& arena, const std::vector<Sample>& samples,
                                    Random& random, Figures& figures) {
  return Step(arena, samples, random, figures).run();
}

}  // namespace storm
