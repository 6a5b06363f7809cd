// Peers read messages with other programs than ours. In some of them a line ends at \r, or keys
// that differ only by case are one key. What we forward must mean to them what we decided on.
#include "gate_world.h"

using namespace callgate;
using namespace std::chrono_literals;

namespace {

/// The number of lines for a reader with universal newlines, for example Python's splitlines().
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

TEST_CASE("a child gets each message as one line for every reader of text") {
  OneServer world({.name = "s", .tools = {"ok"}, .version = "2025-03-26"});
  for (std::string got = "x"; !got.empty();) got = world.child_gets();
  world.link.got.clear();
  const std::string inner = "\r" + request("tools/call", R"({"name":"denied"})", "7") + "\r";
  const std::string with_inner = R"({"x":)" + inner + "}";
  const std::string text = "a\xe2\x80\xa8 b\xe2\x80\xa9 c\xc2\x85";
  for (const std::string& line :
       {call_line("1", "s__ok", with_inner), "[" + call_line("2", "s__ok", with_inner) + "\r]",
        request("tools/call", R"({"name":"s__ok","_meta":)" + with_inner + "}", "3"),
        call_line("4", "s__ok", "{\"" + text + "\":\"" + text + "\"}"),
        std::string("{\"jsonrpc\":\"2.0\",\"id\":5,\r\"method\":\"tools/"
                    "call\",\"params\":\r{\"name\":\"s__ok\"\r,\"arguments\":{}}}")}) {
    CAPTURE(line);
    world.client_sends(line);
    const std::string forwarded = world.child_gets();
    REQUIRE(at(forwarded, "/method") == "\"tools/call\"");
    CHECK(lines_of(forwarded) == 1);
  }
  CHECK(at(call_line("4", "s__ok", "{\"a\":\"" + text + "\"}"), "/params/arguments/a") != "");
  for (const CallStarted& call : world.record.all<CallStarted>())
    CHECK(lines_of(std::string(call.args.bytes)) == 1);
  // The same for a notification.
  world.client_sends(notification("notifications/roots/list_changed", with_inner));
  for (std::string got = "x"; !got.empty();) {
    got = world.child_gets();
    CHECK(lines_of(got) == 1);
  }
}

TEST_CASE("a client gets each message as one line for every reader of text") {
  OneServer world({.name = "s", .tools = {"ok"}, .client = R"({"sampling":{}})"});
  for (std::string got = "x"; !got.empty();) got = world.child_gets();
  world.link.got.clear();
  const std::string inner = "\r" + request("sampling/createMessage", "", "1") + "\r";
  world.client_sends(call_line("1", "s__ok"));
  const std::string sent = world.child_gets();
  world.child_sends(request("sampling/createMessage", R"({"x":)" + inner + "}"));
  world.child_sends(
      notification("notifications/message", R"({"level":"info","data":)" + inner + "}"));
  world.child_sends(answer_to(sent, R"({"content":[],"x":)" + inner + "}"));
  size_t messages = 0;
  for (std::string got = world.client_gets(); !got.empty(); got = world.client_gets(), ++messages) {
    CAPTURE(got);
    CHECK(lines_of(got) == 1);
  }
  CHECK(messages >= 2);
}

TEST_CASE(
    "a client's message with two keys that some programs read as one is refused, and the error "
    "names both") {
  OneServer world({.name = "s", .tools = {"ok", "delete"}});
  for (std::string got = "x"; !got.empty();) got = world.child_gets();
  world.link.got.clear();
  const auto refused = [&](const std::string& line) {
    CAPTURE(line);
    world.client_sends(line);
    CHECK(world.child_gets() == "");
    const std::string error = world.client_gets();
    CHECK(at(error, "/error/code") == "-32600");
    return error;
  };
  const std::string error =
      refused(call_line("1", "s__ok", R"({"path":"/ok","Path":"/etc/passwd"})"));
  CHECK(code_of(error) == "\"wire.duplicate_key\"");
  CHECK(at(error, "/error/message").find(R"(\"path\" and \"Path\")") != std::string::npos);
  CHECK(at(error, "/id") == "1");
  refused(request("tools/call", R"({"name":"s__ok","Name":"delete"})", "1"));
  refused(
      R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"s__ok"},"PARAMS":{"name":"delete"}})");
  refused(
      R"({"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call","params":{"name":"s__ok"}})");
  refused(call_line("1", "s__ok", R"({"path":"/ok","path\u0000":"/etc/passwd"})"));
  refused(call_line("1", "s__ok", R"({"deep":[{"task":1,"tas\u212a":2}]})"));
  refused(call_line("1", "s__ok", "{\"s\":1,\"\xc5\xbf\":2}"));
}

TEST_CASE(
    "a client's message with a protocol key in another case is refused where the protocol reads "
    "that key") {
  OneServer world({.name = "s", .tools = {"ok"}});
  for (std::string got = "x"; !got.empty();) got = world.child_gets();
  world.link.got.clear();
  for (const std::string& line : std::initializer_list<std::string>{
           R"({"jsonrpc":"2.0","id":1,"Method":"ping"})",
           R"({"jsonrpc":"2.0","id":1,"method":"ping","Result":{}})",
           R"({"jsonrpc":"2.0","id":1,"method":"ping","re\u017fult":{}})",
           R"({"jsonrpc":"2.0","id":1,"method":"tools/call","Params":{"name":"s__ok"}})",
           R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params\u0000":{"name":"s__ok"}})",
           request("tools/call", R"({"NAME":"s__ok"})", "1"),
           request("tools/call", R"({"name":"s__ok","Arguments":{}})", "1"),
           request("tools/call", R"({"name":"s__ok","_META":{}})", "1"),
           request("tools/call", R"({"name":"s__ok","_meta":{"progresstoken":1}})", "1"),
           request("tools/call", R"({"name":"s__ok","Task":{}})", "1"),
           request("resources/read", R"({"URI":"file:///etc/passwd"})", "1"),
           request("completion/complete", R"({"ref":{"Type":"ref/prompt"}})", "1"),
           request("initialize", R"({"clientInfo":{"Name":"x"}})", "1")}) {
    CAPTURE(line);
    world.client_sends(line);
    CHECK(at(world.client_gets(), "/error/code") == "-32600");
    CHECK(world.child_gets() == "");
  }
  // A user's own keys may have any case, and so may keys that the protocol does not know.
  world.client_sends(
      request("tools/call",
              R"({"name":"s__ok","arguments":{"Name":1,"URI":2,"_Meta":3},"_meta":{"Own/Key":{)"
              R"("Name":1}}})",
              "9"));
  CHECK(at(world.child_gets(), "/params/arguments/URI") == "2");
}

TEST_CASE("a server's message that clients could read in two ways ends its call with a reason") {
  OneServer world({.name = "s", .tools = {"ok"}, .client = R"({"sampling":{}})"});
  for (std::string got = "x"; !got.empty();) got = world.child_gets();
  world.link.got.clear();
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
    world.client_sends(call_line("1", "s__ok"));
    std::string answer = answer_to(world.child_gets(), "");
    answer.replace(answer.find(R"("result":)"), answer.npos, members + "}");
    world.child_sends(answer);
    CHECK(at(world.client_gets(), "/error") != "absent");
  }
  // Keys in a tool's data may differ only by case.
  world.client_sends(call_line("1", "s__ok"));
  world.child_sends(answer_to(
      world.child_gets(), R"({"content":[],"structuredContent":{"http_proxy":1,"HTTP_PROXY":2}})"));
  CHECK(at(world.client_gets(), "/result/structuredContent/HTTP_PROXY") == "2");
  world.client_sends(call_line("2", "s__ok"));
  world.child_gets();
  for (const std::string params : {R"({"messages":[],"Messages":[1]})", R"({"MESSAGES":[]})",
                                   R"({"messages":[{"role":1,"ROLE":2}]})"}) {
    CAPTURE(params);
    world.child_sends(request("sampling/createMessage", params, "\"q\""));
    CHECK(world.client_gets() == "");
    CHECK(at(world.child_gets(), "/error/code") == "-32600");
  }
}

TEST_CASE("a client's answer that a server could read differently from us is not passed on") {
  OneServer world({.name = "s", .tools = {"ok"}, .client = R"({"roots":{},"elicitation":{}})"});
  for (std::string got = "x"; !got.empty();) got = world.child_gets();
  for (const auto& [method, result] : std::vector<std::pair<std::string, std::string>>{
           {"roots/list", R"({"ROOTS":[{"uri":"file:///"}]})"},
           {"elicitation/create", R"({"Action":"accept"})"},
           {"elicitation/create", R"({"action":"decline","_META":{}})"}}) {
    const std::string& answer = result;
    CAPTURE(answer);
    world.link.got.clear();
    world.child_sends(request(method, R"({"message":"m"})", "\"q\""));
    const std::string id = at(world.client_gets(), "/id");
    world.client_sends(result_line(id, result));
    const std::string got = world.child_gets();
    CHECK(at(got, "/id") == "\"q\"");
    CHECK(at(got, "/error/code") == "-32603");
    CHECK(at(got, "/result") == "absent");
  }
}

TEST_CASE("only the item of a list that has two keys that some programs read as one is left out") {
  OneClient world({"s"});
  world.hello();
  world.client_sends(kList);
  world.greet(0);
  world.answer(0, "tools/list",
               R"({"tools":[{"name":"a","Name":"b__delete","inputSchema":{"type":"object"}},)"
               R"({"name":"c","inputSchema":{"type":"object","properties":{"x":{},"X":{}}}},)"
               R"({"name":"d","name":"b__delete","inputSchema":{"type":"object"}}]})");
  std::string list = world.client_gets();
  while (!list.empty() && at(list, "/id") != "1") list = world.client_gets();
  CHECK(at(list, "/result/tools/0/name") == "\"s__c\"");
  CHECK(at(list, "/result/tools/1") == "absent");
}

TEST_CASE("an answer with its id as text or with a byte that is not UTF-8 reaches its client") {
  OneServer world({.name = "s", .tools = {"ok"}});
  world.client_sends(call_line("1", "s__ok"));
  const std::string id = at(world.child_gets(), "/id");
  world.child_sends(result_line(quoted("0" + id), R"({"content":[]})"));
  CHECK(world.client_gets() == "");
  world.child_sends(result_line(quoted(id), R"({"content":[]})"));
  CHECK(world.client_gets() == R"({"jsonrpc":"2.0","id":1,"result":{"content":[]}})");
  world.client_sends(call_line("2", "s__ok"));
  const auto result = [](const std::string& text) {
    return R"({"content":[],"x":)" + quoted(text) + "}";
  };
  world.child_sends(answer_to(world.child_gets(), result("a\xff\xe2\x82z")));
  CHECK(world.client_gets() == result_line("2", result("a\xef\xbf\xbd\xef\xbf\xbdz")));
}
