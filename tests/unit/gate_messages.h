// The lines that clients and servers send to the gate, as text.
#pragma once

#include <string>
#include <vector>

#include "callgate/wire/message.h"

namespace callgate {

/// The raw JSON text of a member at a JSON pointer; "absent" if there is none.
inline std::string at(const std::string& line, const std::string& pointer) {
  Walker walker;
  const Result<MessagePtr> message = walker.walk(line);
  if (!message) return "unreadable";
  const Value value = (*message)->root().at_pointer(pointer);
  return value ? std::string(value.raw()) : "absent";
}

inline std::string quoted(const std::string& text) { return '"' + text + '"'; }

/// A request. `id` and `params` are JSON text; without `params` the member is absent.
inline std::string request(const std::string& method, const std::string& params = "{}",
                           const std::string& id = "77") {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"method":)" + quoted(method) +
         (params.empty() ? "" : R"(,"params":)" + params) + "}";
}

inline std::string notification(const std::string& method, const std::string& params = "") {
  return R"({"jsonrpc":"2.0","method":)" + quoted(method) +
         (params.empty() ? "" : R"(,"params":)" + params) + "}";
}

/// The cancellation of the request with this id.
inline std::string cancelled(const std::string& id) {
  return notification("notifications/cancelled", R"({"requestId":)" + id + "}");
}

/// Progress of the request with this token; `more` are further members, each after a comma.
inline std::string progress(const std::string& token,
                            const std::string& more = R"(,"progress":1)") {
  return notification("notifications/progress", R"({"progressToken":)" + token + more + "}");
}

/// A client's call; `more` are further members of its params, each after a comma.
inline std::string call_line(const std::string& id, const std::string& tool,
                             const std::string& arguments = "{}", const std::string& more = "") {
  return request("tools/call",
                 R"({"name":)" + quoted(tool) + R"(,"arguments":)" + arguments + more + "}", id);
}

inline std::string result_line(const std::string& id, const std::string& result) {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"result":)" + result + "}";
}

inline std::string error_line(const std::string& id, const std::string& error) {
  return R"({"jsonrpc":"2.0","id":)" + id + R"(,"error":)" + error + "}";
}

/// The answer to the request `sent`.
inline std::string answer_to(const std::string& sent, const std::string& result) {
  return result_line(at(sent, "/id"), result);
}

inline std::string error_to(const std::string& sent, const std::string& error) {
  return error_line(at(sent, "/id"), error);
}

inline std::string no_such_method(const std::string& sent) {
  return error_to(sent, R"({"code":-32601,"message":"Method not found"})");
}

/// A client's first request in the legacy era.
inline std::string initialize(const std::string& name = "test",
                              const std::string& capabilities = "{}",
                              const std::string& version = "2025-06-18") {
  return request("initialize",
                 R"({"protocolVersion":)" + quoted(version) + R"(,"capabilities":)" + capabilities +
                     R"(,"clientInfo":{"name":)" + quoted(name) + R"(,"version":"9"}})",
                 "0");
}

/// What a legacy server answers to initialize.
inline std::string greeting(const std::string& capabilities,
                            const std::string& version = "2025-06-18") {
  return R"({"protocolVersion":)" + quoted(version) + R"(,"capabilities":)" + capabilities +
         R"(,"serverInfo":{"name":"s","version":"1"}})";
}

/// What a modern server answers to server/discover.
inline std::string discovery(const std::string& capabilities, const std::string& more = "") {
  return R"({"resultType":"complete","supportedVersions":["2026-07-28"],"capabilities":)" +
         capabilities + more + "}";
}

/// A list result: for each text an item that has the text in `key` and the members `more`.
inline std::string list_of(const std::string& list, const std::string& key,
                           const std::vector<std::string>& texts, const std::string& more) {
  std::string items;
  for (const std::string& text : texts)
    items += (items.empty() ? "{" : ",{") + quoted(key) + ":" + quoted(text) + more + "}";
  return "{" + quoted(list) + ":[" + items + "]}";
}

/// What a server answers to tools/list.
inline std::string tool_list(const std::vector<std::string>& names) {
  return list_of("tools", "name", names, R"(,"inputSchema":{"type":"object"})");
}

inline std::string prompt_list(const std::vector<std::string>& names) {
  return list_of("prompts", "name", names, "");
}

inline std::string resource_list(const std::vector<std::string>& uris) {
  return list_of("resources", "uri", uris, R"(,"name":"n")");
}

inline std::string template_list(const std::vector<std::string>& templates) {
  return list_of("resourceTemplates", "uriTemplate", templates, R"(,"name":"t")");
}

/// The result of a tool that answers with this text.
inline std::string text_result(const std::string& text) {
  return R"({"content":[{"type":"text","text":)" + quoted(text) + "}]}";
}

/// An object with one member, a text.
inline std::string text_object(const std::string& key, const std::string& text) {
  return "{" + quoted(key) + ":" + quoted(text) + "}";
}

/// The member of params that each request of a modern client has; the client's name is cursor.
inline std::string modern_meta(const std::string& capabilities = "{}") {
  return R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
         R"("io.modelcontextprotocol/clientInfo":{"name":"cursor","version":"1"},)"
         R"("io.modelcontextprotocol/clientCapabilities":)" +
         capabilities + "}";
}

/// A request of a modern client; `more` are further members of its params, each after a comma.
inline std::string modern_request(const std::string& method, const std::string& more = "",
                                  const std::string& id = "77",
                                  const std::string& capabilities = "{}") {
  return request(method, "{" + modern_meta(capabilities) + more + "}", id);
}

/// A call of a modern client with the argument a; `more` as above.
inline std::string modern_call(const std::string& id, const std::string& tool,
                               const std::string& capabilities = "{}",
                               const std::string& more = "") {
  return call_line(id, tool, R"({"a":1})", "," + modern_meta(capabilities) + more);
}

/// The request state of an answer that requests input, as a further member after a comma.
inline std::string state_of(const std::string& answer) {
  return R"(,"requestState":)" + at(answer, "/result/requestState");
}

/// The capabilities of a client that answers every kind of question.
inline const std::string kAll = R"({"roots":{"listChanged":true},"sampling":{},"elicitation":{}})";
/// The capabilities of a modern client that answers questions and knows tasks.
inline const std::string kAllModern =
    R"({"elicitation":{},"extensions":{"io.modelcontextprotocol/tasks":{}}})";
inline const std::string kList = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})";
inline const std::string kToolsChanged =
    R"({"jsonrpc":"2.0","method":"notifications/tools/list_changed"})";

}  // namespace callgate
