// Which texts are JSON-RPC messages, and of which kind.
#include "callgate/wire/rpc.h"
#include "wire_test.h"

using namespace callgate;

TEST_CASE("the four kinds of messages are distinguished") {
  const auto request =
      walked(R"({"jsonrpc":"2.0","id":"a1","method":"tools/call","params":{"name":"x"}})");
  auto rpc = classify(request->root());
  REQUIRE(rpc);
  CHECK(rpc->kind == RpcKind::Request);
  CHECK(rpc->id.raw() == "\"a1\"");
  CHECK(rpc->method.text_is("tools/call"));
  CHECK(rpc->params.find("name").text_is("x"));
  CHECK_FALSE(rpc->result);

  const auto notification = walked(R"({"method":"n","jsonrpc":"2\u002e0","params":[]})");
  rpc = classify(notification->root());
  REQUIRE(rpc);
  CHECK(rpc->kind == RpcKind::Notification);
  CHECK_FALSE(rpc->id);

  const auto answer =
      walked(R"({"jsonrpc":"2.0","id":123456789012345678901234567890,"result":null})");
  rpc = classify(answer->root());
  REQUIRE(rpc);
  CHECK(rpc->kind == RpcKind::Answer);
  CHECK(rpc->id.raw() == "123456789012345678901234567890");
  CHECK(rpc->result.is(NodeKind::Null));

  for (const auto* text :
       {R"({"jsonrpc":"2.0","id":null,"error":{}})", R"({"jsonrpc":"2.0","error":{"code":1}})"}) {
    const auto error = walked(text);
    rpc = classify(error->root());
    REQUIRE(rpc);
    CHECK(rpc->kind == RpcKind::ErrorAnswer);
    CHECK_FALSE(rpc->id);
    CHECK(rpc->error.is_object());
  }
  const auto error = walked(R"({"jsonrpc":"2.0","id":-0,"error":{}})");
  CHECK(classify(error->root())->id.raw() == "-0");
}

TEST_CASE("a text that is not a JSON-RPC 2.0 message is invalid") {
  for (const auto* text : {
           "[]",
           "1",
           "{}",
           R"({"id":1,"method":"m"})",
           R"({"jsonrpc":"1.0","id":1,"method":"m"})",
           R"({"jsonrpc":2.0,"id":1,"method":"m"})",
           R"({"jsonrpc":"2.0","id":1})",
           R"({"jsonrpc":"2.0"})",
           R"({"jsonrpc":"2.0","id":null,"method":"m"})",
           R"({"jsonrpc":"2.0","id":1.0,"method":"m"})",
           R"({"jsonrpc":"2.0","id":1e2,"method":"m"})",
           R"({"jsonrpc":"2.0","id":true,"method":"m"})",
           R"({"jsonrpc":"2.0","id":[1],"method":"m"})",
           R"({"jsonrpc":"2.0","id":{},"method":"m"})",
           R"({"jsonrpc":"2.0","id":1,"method":1})",
           R"({"jsonrpc":"2.0","id":1,"method":null})",
           R"({"jsonrpc":"2.0","id":1,"method":"m","params":1})",
           R"({"jsonrpc":"2.0","id":1,"method":"m","params":"p"})",
           R"({"jsonrpc":"2.0","id":1,"method":"m","result":{}})",
           R"({"jsonrpc":"2.0","id":1,"result":{},"error":{}})",
           R"({"jsonrpc":"2.0","result":{}})",
           R"({"jsonrpc":"2.0","id":null,"result":{}})",
           R"({"jsonrpc":"2.0","id":1.5,"error":{}})",
           R"({"jsonrpc":"2.0","id":1,"method":"a","method":"a"})",
           R"({"jsonrpc":"2.0","id":1,"\u0069d":1,"method":"a"})",
       }) {
    CAPTURE(text);
    const auto message = walked(text);
    const auto rpc = classify(message->root());
    REQUIRE_FALSE(rpc);
    CHECK(rpc.error().code == "rpc.invalid");
    CHECK_FALSE(rpc.error().message.empty());
  }
}

TEST_CASE(
    "params that are null count as absent, and the id of an answer may be a number like 7.0") {
  const auto request = walked(R"({"jsonrpc":"2.0","id":1,"method":"m","params":null})");
  const auto rpc = classify(request->root());
  REQUIRE(rpc);
  CHECK_FALSE(rpc->params);
  for (const auto* id : {"7.0", "70e-1", "\"7\""}) {
    CAPTURE(id);
    const auto answer = walked(R"({"jsonrpc":"2.0","id":)" + std::string(id) + R"(,"result":{}})");
    CHECK(classify(answer->root()).ok());
  }
  const auto twin = walked(R"({"jsonrpc":"2.0","id":1,"result":{},"error":null})");
  CHECK(classify(twin->root()).error().code == kNullTwin);
}

TEST_CASE("each element of a batch is classified as a message") {
  const auto batch =
      walked(R"([{"jsonrpc":"2.0","method":"a"},{"jsonrpc":"2.0","id":2,"method":"b"}])");
  CHECK(classify(batch->root().at_pointer("/0"))->kind == RpcKind::Notification);
  const auto second = classify(batch->root().at_pointer("/1"));
  CHECK(second->kind == RpcKind::Request);
  CHECK(second->root.index() == batch->root().at_pointer("/1").index());
}

TEST_CASE("the id of a broken line is salvaged if it is unambiguous") {
  const auto id = [](std::string_view line) { return salvage_id(line).value_or("none"); };
  CHECK(id(R"({"id":7,"x":\q})") == "7");
  CHECK(id(R"( { "x" : tru , "id" : "a\u0031" , "y" : ')") == R"("a\u0031")");
  CHECK(id(R"({"jsonrpc":"2.0","id":-12,"method":"x","params":{"te)") == "-12");
  CHECK(id(R"({"params":{"id":1,"a":[{"id":2}]},"id":3})") == "3");
  CHECK(id(R"({"\u0069d":3})") == "3");
  CHECK(id(R"({"x":"\q","id":3})") == "3");
  CHECK(id("{\"x\":\"\xff\",\"id\":3}") == "3");
  CHECK(id(R"({"x":"\"id\":4","id":3})") == "3");
  CHECK(id(R"({"id":123456789012345678901234567890,)") == "123456789012345678901234567890");
}

TEST_CASE("a salvaged id contains no character that a reader takes for a line end") {
  CHECK(salvage_id("{\"id\":\"a\xE2\x80\xA8 b\xC2\x85\",\"x\":tru}") == R"("a\u2028 b\u0085")");
}

TEST_CASE("an ambiguous id is not salvaged") {
  for (const auto* line : {
           "",
           "{",
           "{}",
           "[]",
           "x",
           "[{\"id\":1}]",
           R"({"id":7,"id":7})",
           R"({"id":7,"\u0069d":8})",
           R"({"id":7,"x":1}{"id":8})",
           R"({"id":7} x)",
           R"({"params":{"id":1}})",
           R"({"params":{"id":1)",
           R"({"params":[}, "id":5})",
           R"({"x":"abc, "id":5})",
           R"({"id":7)",
           R"({"id":"7)",
           R"({"id":null})",
           R"({"id":1.5})",
           R"({"id":1e3})",
           R"({"id":01})",
           R"({"id":"\q"})",
           "{\"id\":\"\xff\"}",
           "{\"id\":\"\x01\"}",
           R"({"id":[1]})",
           R"({"id":7x,"a":1})",
           R"({"id":7 8})",
           R"({"i\d":7})",
           R"({"x":a"b"c,"id":)",
           R"({"ID":7})",
           R"({'id':7})",
           R"({id:7})",
           R"({"x" 1,"id":7})",
           R"("id":7)",
           R"({"id":7,"\q":1})",
       }) {
    CAPTURE(line);
    CHECK_FALSE(salvage_id(line));
  }
}
