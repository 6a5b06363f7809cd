// Peers read messages with other programs than ours: lines that end at \r, keys that are folded.
// What we forward must mean to them what we decided on.
#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

/// What a reader with universal newlines sees, Python's splitlines() for instance.
size_t lines_of(const std::string& bytes) {
  size_t lines = 1;
  for (const std::string end :
       {"\r", "\n", "\v", "\f", "\x1c", "\x1d", "\x1e", "\xc2\x85", "\xe2\x80\xa8", "\xe2\x80\xa9"})
    for (size_t at = bytes.find(end); at != std::string::npos; at = bytes.find(end, at + 1))
      ++lines;
  return lines;
}

std::string code_of(const std::string& answer) { return at(answer, "/error/data/code"); }

}  // namespace

TEST_CASE("towards a child a message is one line for every reader of text") {
  World world({"s"});
  FakeLink link;
  const auto session = world.connect(link, "{}", "2025-03-26");
  world.bring_up(0, {"ok"});
  for (std::string got = "x"; !got.empty();) got = world.children.take(0);
  link.got.clear();
  const std::string inner =
      "\r{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/"
      "call\",\"params\":{\"name\":\"denied\"}}\r";
  const std::string text = "a\xe2\x80\xa8 b\xe2\x80\xa9 c\xc2\x85";
  for (const std::string& line :
       {call_line("1", "s__ok", "{\"x\":" + inner + "}"),
        "[" + call_line("2", "s__ok", "{\"x\":" + inner + "}") + "\r]",
        "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"tools/"
        "call\",\"params\":{\"name\":\"s__ok\",\"_meta\":{\"x\":" +
            inner + "}}}",
        call_line("4", "s__ok", "{\"" + text + "\":\"" + text + "\"}"),
        std::string("{\"jsonrpc\":\"2.0\",\"id\":5,\r\"method\":\"tools/"
                    "call\",\"params\":\r{\"name\":\"s__ok\"\r,\"arguments\":{}}}")}) {
    CAPTURE(line);
    world.say(session, line);
    const std::string forwarded = world.children.take(0);
    REQUIRE(at(forwarded, "/method") == "\"tools/call\"");
    CHECK(lines_of(forwarded) == 1);
  }
  CHECK(at(call_line("4", "s__ok", "{\"a\":\"" + text + "\"}"), "/params/arguments/a") != "");
  for (const CallStarted& call : world.record.all<CallStarted>())
    CHECK(lines_of(std::string(call.args.bytes)) == 1);
  // A notification that passes.
  world.say(
      session,
      "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/roots/list_changed\",\"params\":{\"x\":" +
          inner + "}}");
  for (std::string got = "x"; !got.empty();) {
    got = world.children.take(0);
    CHECK(lines_of(got) == 1);
  }
}

TEST_CASE("towards a client a message is one line for every reader of text") {
  World world({"s"});
  FakeLink link;
  const auto session = world.connect(link, R"({"sampling":{}})");
  world.bring_up(0, {"ok"});
  for (std::string got = "x"; !got.empty();) got = world.children.take(0);
  link.got.clear();
  const std::string inner =
      "\r{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"sampling/createMessage\"}\r";
  world.say(session, call_line("1", "s__ok"));
  const std::string id = at(world.children.take(0), "/id");
  world.child_says(
      0,
      "{\"jsonrpc\":\"2.0\",\"id\":\"q\",\"method\":\"sampling/createMessage\",\"params\":{\"x\":" +
          inner + "}}");
  world.child_says(0,
                   "{\"jsonrpc\":\"2.0\",\"method\":\"notifications/"
                   "message\",\"params\":{\"level\":\"info\",\"data\":" +
                       inner + "}}");
  world.child_says(
      0, "{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":{\"content\":[],\"x\":" + inner + "}}");
  size_t messages = 0;
  for (std::string got = link.take(); !got.empty(); got = link.take(), ++messages) {
    CAPTURE(got);
    CHECK(lines_of(got) == 1);
  }
  CHECK(messages >= 2);
}

TEST_CASE(
    "keys that some programs take for one are refused from clients, and the message names both") {
  World world({"s"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"ok", "delete"});
  for (std::string got = "x"; !got.empty();) got = world.children.take(0);
  link.got.clear();
  const auto refused = [&](const std::string& line) {
    CAPTURE(line);
    world.say(session, line);
    CHECK(world.children.take(0) == "");
    const std::string error = link.take();
    CHECK(at(error, "/error/code") == "-32600");
    return error;
  };
  const std::string error =
      refused(call_line("1", "s__ok", R"({"path":"/ok","Path":"/etc/passwd"})"));
  CHECK(code_of(error) == "\"wire.duplicate_key\"");
  CHECK(at(error, "/error/message").find(R"(\"path\" and \"Path\")") != std::string::npos);
  CHECK(at(error, "/id") == "1");
  refused(
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"s__ok","Name":"delete"}})");
  refused(
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"s__ok"},"PARAMS":{"name":"delete"}})");
  refused(
      R"({"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call","params":{"name":"s__ok"}})");
  refused(call_line("1", "s__ok", R"({"path":"/ok","path\u0000":"/etc/passwd"})"));
  refused(call_line("1", "s__ok", R"({"deep":[{"task":1,"tas\u212a":2}]})"));
  refused(call_line("1", "s__ok", "{\"s\":1,\"\xc5\xbf\":2}"));
}

TEST_CASE(
    "a key of the protocol in another case is refused from clients where the protocol reads it") {
  World world({"s"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"ok"});
  for (std::string got = "x"; !got.empty();) got = world.children.take(0);
  link.got.clear();
  for (
      const std::string line :
      {R"({"jsonrpc":"2.0","id":1,"Method":"ping"})",
       R"({"jsonrpc":"2.0","id":1,"method":"ping","Result":{}})",
       R"({"jsonrpc":"2.0","id":1,"method":"ping","re\u017fult":{}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","Params":{"name":"s__ok"}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params\u0000":{"name":"s__ok"}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"NAME":"s__ok"}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"s__ok","Arguments":{}}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"s__ok","_META":{}}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"s__ok","_meta":{"progresstoken":1}}})",
       R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"s__ok","Task":{}}})",
       R"({"jsonrpc":"2.0","id":1,"method":"resources/read","params":{"URI":"file:///etc/passwd"}})",
       R"({"jsonrpc":"2.0","id":1,"method":"completion/complete","params":{"ref":{"Type":"ref/prompt"}}})",
       R"({"jsonrpc":"2.0","id":1,"method":"initialize","params":{"clientInfo":{"Name":"x"}}})"}) {
    CAPTURE(line);
    world.say(session, line);
    CHECK(at(link.take(), "/error/code") == "-32600");
    CHECK(world.children.take(0) == "");
  }
  // A user's own keys may have any case, and so may keys that the protocol does not know.
  world.say(
      session,
      R"({"jsonrpc":"2.0","id":9,"method":"tools/call","params":{"name":"s__ok","arguments":{"Name":1,"URI":2,"_Meta":3},"_meta":{"Own/Key":{"Name":1}}}})");
  CHECK(at(world.children.take(0), "/params/arguments/URI") == "2");
}

TEST_CASE("a server's message that clients could read in two ways ends its call with a reason") {
  World world({"s"});
  FakeLink link;
  const auto session = world.connect(link, R"({"sampling":{}})");
  world.bring_up(0, {"ok"});
  for (std::string got = "x"; !got.empty();) got = world.children.take(0);
  link.got.clear();
  for (const std::string members :
       {R"("result":{"content":[]},"Result":{"content":[]})",
        R"("result":{"content":[]},"ERROR":{})",
        R"("result":{"content":[]},"Method":"sampling/createMessage")",
        R"("result":{"content":[],"Content":[]})", R"("result":{"Content":[]})",
        R"("result":{"content\u0000":[]})", R"("result":{"content":[],"IsError":true})",
        R"("result":{"content":[],"_meta":{"ProgressToken":2}})",
        R"("error":{"code":1,"message":"m","Data":{}})",
        R"("result":{"content":[],"_meta":{"progressToken":1,"ProgressToken":2}})"}) {
    CAPTURE(members);
    world.say(session, call_line("1", "s__ok"));
    const std::string id = at(world.children.take(0), "/id");
    world.child_says(0, "{\"jsonrpc\":\"2.0\",\"id\":" + id + "," + members + "}");
    CHECK(at(link.take(), "/error") != "absent");
  }
  // What a tool returns is data: its keys may differ by case alone.
  world.say(session, call_line("1", "s__ok"));
  const std::string id = at(world.children.take(0), "/id");
  world.child_says(
      0, "{\"jsonrpc\":\"2.0\",\"id\":" + id +
             R"(,"result":{"content":[],"structuredContent":{"http_proxy":1,"HTTP_PROXY":2}}})");
  CHECK(at(link.take(), "/result/structuredContent/HTTP_PROXY") == "2");
  world.say(session, call_line("2", "s__ok"));
  world.children.take(0);
  for (const std::string params : {R"({"messages":[],"Messages":[1]})", R"({"MESSAGES":[]})",
                                   R"({"messages":[{"role":1,"ROLE":2}]})"}) {
    CAPTURE(params);
    world.child_says(0, R"({"jsonrpc":"2.0","id":"q","method":"sampling/createMessage","params":)" +
                            params + "}");
    CHECK(link.take() == "");
    CHECK(at(world.children.take(0), "/error/code") == "-32600");
  }
}

TEST_CASE("a client's answer that a server could read in another way than we do is not passed on") {
  World world({"s"});
  FakeLink link;
  const auto session = world.connect(link, R"({"roots":{},"elicitation":{}})");
  world.bring_up(0, {"ok"});
  for (std::string got = "x"; !got.empty();) got = world.children.take(0);
  for (const auto& [method, result] : std::vector<std::pair<std::string, std::string>>{
           {"roots/list", R"({"ROOTS":[{"uri":"file:///"}]})"},
           {"elicitation/create", R"({"Action":"accept"})"},
           {"elicitation/create", R"({"action":"decline","_META":{}})"}}) {
    const std::string& answer = result;
    CAPTURE(answer);
    link.got.clear();
    world.child_says(
        0, R"({"jsonrpc":"2.0","id":"q","method":")" + method + R"(","params":{"message":"m"}})");
    const std::string id = at(link.take(), "/id");
    world.say(session, R"({"jsonrpc":"2.0","id":)" + id + ",\"result\":" + result + "}");
    const std::string got = world.children.take(0);
    CHECK(at(got, "/id") == "\"q\"");
    CHECK(at(got, "/error/code") == "-32603");
    CHECK(at(got, "/result") == "absent");
  }
}

TEST_CASE("an item of a list with two keys that are one for some programs is left out alone") {
  World world({"s"});
  FakeLink link;
  const auto session = world.connect(link);
  world.say(session, R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})");
  world.gate->child_up(world.now, 0, 100);
  world.answer(
      0, "initialize",
      R"({"protocolVersion":"2025-06-18","capabilities":{"tools":{}},"serverInfo":{"name":"s","version":"1"}})");
  world.children.take(0);
  world.answer(
      0, "tools/list",
      R"({"tools":[{"name":"a","Name":"b__delete","inputSchema":{"type":"object"}},{"name":"c","inputSchema":{"type":"object","properties":{"x":{},"X":{}}}},{"name":"d","name":"b__delete","inputSchema":{"type":"object"}}]})");
  std::string list = link.take();
  while (!list.empty() && at(list, "/id") != "1") list = link.take();
  CHECK(at(list, "/result/tools/0/name") == "\"s__c\"");
  CHECK(at(list, "/result/tools/1") == "absent");
}

TEST_CASE(
    "an answer whose id comes back as text, or that holds a byte that is not UTF-8, reaches its "
    "client") {
  World world({"s"});
  FakeLink link;
  const auto session = world.connect(link);
  world.bring_up(0, {"ok"});
  world.say(session, call_line("1", "s__ok"));
  std::string id = at(world.children.take(0), "/id");
  world.child_says(0, "{\"jsonrpc\":\"2.0\",\"id\":\"0" + id + "\",\"result\":{\"content\":[]}}");
  CHECK(link.take() == "");
  world.child_says(0, "{\"jsonrpc\":\"2.0\",\"id\":\"" + id + "\",\"result\":{\"content\":[]}}");
  CHECK(link.take() == R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})");
  world.say(session, call_line("2", "s__ok"));
  id = at(world.children.take(0), "/id");
  world.child_says(0, "{\"jsonrpc\":\"2.0\",\"id\":" + id +
                          ",\"result\":{\"content\":[],\"x\":\"a\xff\xe2\x82z\"}}");
  CHECK(link.take() ==
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"content\":[],\"x\":"
        "\"a\xef\xbf\xbd\xef\xbf\xbdz\"}}");
}
