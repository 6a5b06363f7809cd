// Streamable HTTP in the modern era: fields that repeat parts of the body, and no session.
#include "remote/param_fields.h"
#include "remote_rig.h"

using namespace callgate;

namespace {

std::string listed(int id, const std::string& tools, const std::string& more = "") {
  return result(id, R"({"resultType":"complete","tools":[)" + tools + "]" + more + "}");
}

std::string tool(const std::string& name, const std::string& properties) {
  return R"({"name":")" + name + R"(","inputSchema":{"type":"object","properties":{)" + properties +
         "}}}";
}

/// Lists these tools and returns what the gate sees of the answer.
std::string list(RemoteRig& rig, int id, const std::string& tools, const std::string& more = "") {
  rig.send(modern(id, "tools/list"));
  rig.received()->json(listed(id, tools, more));
  return rig.line();
}

}  // namespace

TEST_CASE("a modern request names its version, its method and its subject in fields") {
  RemoteRig rig;
  rig.start();
  const std::string discover = modern(1, "server/discover");
  rig.send(discover);
  const auto first = rig.received();
  CHECK(first->body == discover);
  CHECK(first->field("mcp-protocol-version") == "2026-07-28");
  CHECK(first->field("mcp-method") == "server/discover");
  CHECK(first->field("mcp-name") == "-");
  first->json(result(1, R"({"supportedVersions":["2026-07-28"]})"), 200, "Mcp-Session-Id: no\r\n");
  rig.line();
  const std::pair<std::string, std::string> cases[] = {
      {modern(2, "tools/call", R"("name":"add")"), "add"},
      {modern(3, "prompts/get", R"("name":"hi there")"), "hi there"},
      {modern(4, "resources/read", R"("uri":"file:///a")"), "file:///a"},
      {modern(5, "tasks/get", R"("taskId":"t1")"), "t1"},
      {modern(6, "tools/list"), "-"},
      {modern(7, "tools/call", R"("name":"caf\u00e9")"), "=?base64?Y2Fmw6k=?="},
  };
  for (const auto& one : cases) {
    const std::string body = one.first, name = one.second;
    CAPTURE(body);
    rig.send(body);
    const auto request = rig.received();
    CHECK(request->field("mcp-name") == name);
    CHECK(request->field("mcp-session-id") == "-");
    CHECK(request->field("mcp-method") == method_of(*request));
    request->json(result(id_of(*request)));
    rig.line();
  }
}

TEST_CASE("values are written as they are, or encoded") {
  const std::pair<const char*, const char*> cases[] = {
      {"us west 1", "us west 1"},
      {"", ""},
      {" padded ", "=?base64?IHBhZGRlZCA=?="},
      {"us-west1 ", "=?base64?dXMtd2VzdDEg?="},
      {"line1\r\nline2", "=?base64?bGluZTENCmxpbmUy?="},
      {"\tindented", "=?base64?CWluZGVudGVk?="},
      {"=?base64?YQ==?=", "=?base64?PT9iYXNlNjQ/WVE9PT89?="},
      {"=?base64", "=?base64"},
      {"a\x7F", "=?base64?YX8=?="}};
  for (const auto& one : cases) {
    const std::string text = one.first;
    CAPTURE(text);
    const auto written = mirrored(text);
    REQUIRE(written.ok());
    CHECK(*written == one.second);
  }
  CHECK(mirrored(std::string(kLongestMirrored, 'a')).ok());
  CHECK_FALSE(mirrored(std::string(kLongestMirrored + 1, 'a')).ok());
}

TEST_CASE("arguments that a tool marks are repeated in fields") {
  RemoteRig rig;
  rig.start();
  const std::string marked = tool(
      "t", R"("region":{"type":"string","x-mcp-header":"Region"},)"
           R"("count":{"type":"integer","x-mcp-header":"Count"},)"
           R"("flag":{"type":"boolean","x-mcp-header":"Flag"},)"
           R"("deep":{"type":"object","properties":{"in":{"type":"string","x-mcp-header":"In"}}},)"
           R"("plain":{"type":"string","default":{"x-mcp-header":"No"}})");
  CHECK(list(rig, 1, marked) == listed(1, marked));
  const auto call = [&](int id, const std::string& arguments) {
    rig.send(modern(id, "tools/call", R"("name":"t","arguments":)" + arguments));
    auto request = rig.received();
    request->json(result(id));
    rig.line();
    return request;
  };
  const auto all =
      call(2, R"({"region":"","count":4.0e1,"flag":false,"deep":{"in":"x"},"plain":"p"})");
  CHECK(all->field("mcp-param-region").empty());
  CHECK(all->field("mcp-param-count") == "40");
  CHECK(all->field("mcp-param-flag") == "false");
  CHECK(all->field("mcp-param-in") == "x");
  CHECK(all->field("mcp-param-no") == "-");
  const auto some = call(3, R"({"region":"Zürich","count":null,"deep":"none"})");
  CHECK(some->field("mcp-param-region") == "=?base64?WsO8cmljaA==?=");
  for (const char* field : {"mcp-param-count", "mcp-param-flag", "mcp-param-in"})
    CHECK(some->field(field) == "-");
  rig.send(modern(4, "tools/call",
                  R"("name":"t","arguments":{"region":")" + std::string(9000, 'r') + "\"}"));
  const auto refused = rig.message();
  CHECK(word_of(refused) == "remote.field");
  CHECK(outcome_of(refused) == "not executed");
}

TEST_CASE("tools with marks that are not valid are left out") {
  RemoteRig rig;
  rig.start();
  const std::string good = tool("good", R"("a":{"type":"string","x-mcp-header":"A"})");
  const std::string bad[] = {
      tool("empty", R"("a":{"type":"string","x-mcp-header":""})"),
      tool("blank", R"("a":{"type":"string","x-mcp-header":"a b"})"),
      tool("colon", R"("a":{"type":"string","x-mcp-header":"a:b"})"),
      tool("other", R"("a":{"type":"string","x-mcp-header":"\u00e9"})"),
      tool("no_text", R"("a":{"type":"string","x-mcp-header":1})"),
      tool("object", R"("a":{"type":"object","x-mcp-header":"A"})"),
      tool("array", R"("a":{"type":"array","x-mcp-header":"A"})"),
      tool("number", R"("a":{"type":"number","x-mcp-header":"A"})"),
      tool("no_type", R"("a":{"x-mcp-header":"A"})"),
      tool("twice",
           R"("a":{"type":"string","x-mcp-header":"A"},"b":{"type":"string","x-mcp-header":"a"})"),
      tool("items", R"("a":{"type":"array","items":{"type":"string","x-mcp-header":"A"}})"),
      tool("choice", R"("a":{"oneOf":[{"type":"string","x-mcp-header":"A"}]})"),
      R"({"name":"root","inputSchema":{"type":"string","x-mcp-header":"A"}})"};
  std::string all = good;
  for (const std::string& one : bad) all += "," + one;
  CHECK(list(rig, 1, all) == listed(1, good));
  // A property may have the name of the mark.
  const std::string named = tool("named", R"("x-mcp-header":{"type":"number"})");
  CHECK(list(rig, 2, named) == listed(2, named));
}

TEST_CASE("the fields of a tool and the tools with fields have limits") {
  RemoteRig rig;
  rig.start();
  const auto wide = [](const std::string& name, size_t count) {
    std::string properties;
    for (size_t i = 0; i < count; ++i)
      properties += (i == 0 ? "" : ",") + ("\"p" + std::to_string(i)) +
                    R"(":{"type":"string","x-mcp-header":"P)" + std::to_string(i) + "\"}";
    return tool(name, properties);
  };
  const std::string most = wide("most", ParamFields::kMostFieldsOfTool);
  CHECK(list(rig, 1, most + "," + wide("more", ParamFields::kMostFieldsOfTool + 1)) ==
        listed(1, most));
  std::string tools;
  for (size_t i = 0; i < ParamFields::kMostTools; ++i)
    tools += (i == 0 ? "" : ",") + wide("t" + std::to_string(i), 1);
  // The tool of the earlier list is forgotten only when the new list is complete.
  list(rig, 2, "");
  CHECK(list(rig, 3, tools) == listed(3, tools));
  CHECK(list(rig, 4, tools + "," + wide("last", 1)) == listed(4, tools));
}

TEST_CASE("a tool that a new list does not have is forgotten after its last page") {
  RemoteRig rig;
  rig.start();
  const auto field_of_call = [&](int id) {
    rig.send(modern(id, "tools/call", R"("name":"t","arguments":{"a":"x"})"));
    const auto request = rig.received();
    request->json(result(id));
    rig.line();
    return request->field("mcp-param-a");
  };
  const std::string t = tool("t", R"("a":{"type":"string","x-mcp-header":"A"})");
  list(rig, 1, t);
  list(rig, 2, tool("u", ""), R"(,"nextCursor":"n")");
  CHECK(field_of_call(3) == "x");
  rig.send(modern(4, "tools/list", R"("cursor":"n")"));
  rig.received()->json(listed(4, t));
  rig.line();
  CHECK(field_of_call(5) == "x");
  list(rig, 6, tool("u", ""));
  CHECK(field_of_call(7) == "-");
}

TEST_CASE("closing the stream cancels a modern request, and nothing is sent") {
  RemoteRig rig;
  rig.start();
  rig.send(modern(1, "tools/call", R"("name":"t")"));
  const auto call = rig.received();
  call->begin_stream();
  rig.send(cancelled(1));
  rig.wait([&] { return call->closed(); });
  rig.send(modern(2, "tools/list"));
  rig.received()->json(listed(2, ""));
  CHECK(rig.line() == listed(2, ""));
  CHECK(rig.server->requests.size() == 2);
}

TEST_CASE("a modern stream is never resumed") {
  RemoteRig rig;
  rig.start();
  rig.send(modern(1, "tools/call", R"("name":"t")"));
  const auto call = rig.received();
  call->begin_stream();
  call->chunk("id: 1\nretry: 1\ndata:\n\n");
  call->end_stream();
  CHECK(outcome_of(rig.message()) == "unknown");
  CHECK(rig.server->requests.size() == 1);
}

TEST_CASE("modern requests do not wait for a handshake, and need none to end") {
  RemoteRig rig;
  rig.start();
  rig.send(modern(1, "server/discover"));
  rig.send(modern(2, "tools/list"));
  const auto first = rig.received(), second = rig.received();
  CHECK(first->method() == "POST");
  second->json(result(id_of(*second)));
  first->json(result(id_of(*first)));
  rig.line();
  rig.line();
  rig.remote->stop(Millis{5'000});
  rig.wait([&] { return rig.gone.has_value(); });
  CHECK(rig.server->requests.size() == 2);
}

TEST_CASE("a call that lacks fields is sent once more after the tools were listed again") {
  RemoteRig rig;
  rig.start();
  const std::string refusal =
      R"({"jsonrpc":"2.0","id":1,"error":{"code":-32020,"message":"a header is missing"}})";
  const std::string call = modern(1, "tools/call", R"("name":"t","arguments":{"a":"x"})");
  const auto list_again = [&] {
    auto list = rig.received();
    CHECK(method_of(*list) == "tools/list");
    return list;
  };
  rig.send(call);
  rig.received()->json(refusal, 400);
  const auto page = list_again();
  page->json(R"({"jsonrpc":"2.0","id":)" + id_of(*page) +
             R"(,"result":{"tools":[],"nextCursor":"n"}})");
  const auto last = list_again();
  CHECK(parsed(last->body)->root().at_pointer("/params/cursor").text() == "n");
  last->json(R"({"jsonrpc":"2.0","id":)" + id_of(*last) + R"(,"result":{"tools":[)" +
             tool("t", R"("a":{"type":"string","x-mcp-header":"A"})") + "]}}");
  const auto again = rig.received();
  CHECK(again->body == call);
  CHECK(again->field("mcp-param-a") == "x");
  again->json(refusal, 400);
  CHECK(rig.line() == refusal);
  // If the tools cannot be listed, the call is sent again nevertheless.
  rig.send(call);
  rig.received()->json(refusal, 400);
  list_again()->answer(403);
  const auto third = rig.received();
  CHECK(third->body == call);
  third->json(result(1));
  CHECK(rig.line() == result(1));
  CHECK(rig.server->requests.size() == rig.seen);
}
