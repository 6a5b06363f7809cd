// Items of lists, mended so that client libraries accept them: the zod schemas of
// @modelcontextprotocol/sdk 1.32 and @modelcontextprotocol/client 2.4, and ajv 8.
#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "callgate/protocol/mend.h"
#include "callgate/protocol/translate.h"
#include "callgate/wire/message.h"

using namespace callgate;

namespace {

MessagePtr read(const std::string& text) {
  auto message = Walker().walk(text);
  REQUIRE(message);
  return *message;
}

/// Returns the item as clients get it, "hidden: WHY" if they do not get it, or "" if it is
/// unchanged.
std::string mended(ItemKind kind, const std::string& item) {
  const MessagePtr message = read(item);
  const MendedItem out = mend_item(kind, message->root());
  if (!out.fault.empty()) return "hidden: " + out.fault;
  if (!out.text.empty()) CHECK_FALSE(out.changes.empty());
  return out.text;
}

std::string tool(const std::string& members) {
  return mended(ItemKind::Tool, R"({"name":"t","inputSchema":{"type":"object"},)" + members + "}");
}

std::string input(const std::string& schema) {
  return mended(ItemKind::Tool, R"({"name":"t","inputSchema":)" + schema + "}");
}

const std::string kPlain = R"({"name":"t","inputSchema":{"type":"object"}})";

}  // namespace

TEST_CASE("valid items stay unchanged, byte for byte") {
  const std::vector<std::pair<ItemKind, std::string>> sound = {
      {ItemKind::Tool,
       R"({ "name" : "t", "title":"", "description":"d", "inputSchema":{"type":"object","properties":{"a":{}},"required":["a"],"x":null},)"
       R"("annotations":{"readOnlyHint":true},"execution":{"taskSupport":"optional"},"_meta":{"a":null},"unknown":null,)"
       R"("icons":[{"src":"data:","sizes":["any"],"theme":"dark"}],"outputSchema":{"type":"object"}})"},
      {ItemKind::Prompt, R"({"name":"p","arguments":[{"name":"a","required":false}]})"},
      {ItemKind::Resource,
       R"({"uri":"a:b","name":"r","size":1.5,"annotations":{"audience":["user"],"priority":1,"lastModified":"2024-02-29T23:59:59.1+02:00"}})"},
      {ItemKind::Template, R"({"uriTemplate":"a:{b}","name":"r","mimeType":"text/plain"})"}};
  for (const auto& [kind, item] : sound) CHECK(mended(kind, item) == "");
}

TEST_CASE("optional members that are null or have a wrong type are removed") {
  for (const char* key :
       {"title", "description", "_meta", "icons", "annotations", "execution", "outputSchema"}) {
    for (const char* odd : {"null", "5", "true"}) {
      CAPTURE(key);
      CHECK(tool("\"" + std::string(key) + "\":" + odd) == kPlain);
    }
  }
  CHECK(tool(R"("annotations":{"readOnlyHint":null,"title":"x","openWorldHint":"no"})") ==
        R"({"name":"t","inputSchema":{"type":"object"},"annotations":{"title":"x"}})");
  CHECK(tool(R"("icons":[null,{"src":5},{"src":"s","sizes":"48x48","theme":"red"}])") ==
        R"({"name":"t","inputSchema":{"type":"object"},"icons":[{"src":"s"}]})");
  CHECK(mended(ItemKind::Prompt, R"({"name":"p","arguments":null})") == R"({"name":"p"})");
  CHECK(mended(ItemKind::Prompt, R"({"name":"p","arguments":[{"name":"a","required":null}]})") ==
        R"({"name":"p","arguments":[{"name":"a"}]})");
  CHECK(
      mended(
          ItemKind::Resource,
          R"({"uri":"a:b","name":"n","mimeType":null,"size":1e999,)"
          R"("annotations":{"audience":["robot"],"priority":2,"lastModified":"2025-02-29T00:00:00Z"}})") ==
      R"({"uri":"a:b","name":"n","annotations":{}})");
}

TEST_CASE("a key that is known only to programs which ignore case in keys is removed") {
  CHECK(
      tool(
          R"("Title":"x","DESCRIPTION":"y","Annotation\u017F":{"readOnlyHint":true},"icons\u0000":5)") ==
      kPlain);
  CHECK(tool(R"("annotations":{"ReadOnlyHint":true,"title":"x"})") ==
        R"({"name":"t","inputSchema":{"type":"object"},"annotations":{"title":"x"}})");
  CHECK(mended(ItemKind::Tool, R"({"name":"t","InputSchema":{"type":"object"}})") ==
        "hidden: its inputSchema is missing");
  CHECK(tool(R"("vendor/Title":1,"x":{"Name":2})") == "");
}

TEST_CASE("a resource without a name gets its URI as name") {
  CHECK(mended(ItemKind::Resource, R"({"uri":"a:b"})") == R"({"uri":"a:b","name":"a:b"})");
  CHECK(mended(ItemKind::Template, R"({"uriTemplate":"a:{b}","name":null})") ==
        R"({"uriTemplate":"a:{b}","name":"a:{b}"})");
}

TEST_CASE("an input schema is changed to the type object") {
  CHECK(input("[]") == kPlain);
  for (const char* type : {"null", R"("string")", R"(["object"])", "5"})
    CHECK(input(std::string(R"({"type":)") + type + "}") == kPlain);
  CHECK(input("{}") == kPlain);
  CHECK(input(R"({"type":"object","properties":[],"required":null})") ==
        R"({"name":"t","inputSchema":{"type":"object","properties":{}}})");
  CHECK(
      input(
          R"({"type":"object","required":["a",null,5],"properties":{"a":true,"b":false,"c":null}})") ==
      R"({"name":"t","inputSchema":{"type":"object","required":["a"],"properties":{"a":{},"b":{"not":{}},"c":{}}}})");
  CHECK(
      input(R"({"type":"object","properties":{"a":{"maximum":1e999,"minimum":-1e999}}})") ==
      R"({"name":"t","inputSchema":{"type":"object","properties":{"a":{"maximum":1.7976931348623157e308,"minimum":-1.7976931348623157e308}}}})");
}

TEST_CASE("an item that cannot be mended is hidden, with the reason") {
  CHECK(input("null") == "hidden: its inputSchema is null");
  CHECK(input(R"({"properties":["a"]})") == "hidden: its inputSchema.properties is an array");
  CHECK(mended(ItemKind::Tool, R"({"name":"t"})") == "hidden: its inputSchema is missing");
  CHECK(mended(ItemKind::Prompt, R"({"name":"p","arguments":[{}]})") ==
        "hidden: one of the prompt's arguments has no name");
}

TEST_CASE("the last of several members with the same key is used, as by readers of JSON") {
  CHECK(mended(ItemKind::Tool,
               R"({"name":"a","name":"t","inputSchema":{"type":5,"type":"object"}})") == kPlain);
}

TEST_CASE("an output schema that cannot be compiled is removed only for older clients") {
  const auto older = [](const std::string& schema) {
    const MessagePtr item =
        read(R"({"name":"t","inputSchema":{"type":"object"},"outputSchema":)" + schema + "}");
    CHECK(mend_item(ItemKind::Tool, item->root()).text == "");
    CHECK(definition_text({}, item->root(), DefinitionFor::Modern) == item->bytes());
    return definition_text({}, item->root(), DefinitionFor::Tasks) == item->bytes();
  };
  for (const char* good :
       {R"({"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{"A":{}}})",
        R"({"type":"object","properties":{"id":{"type":["string","null"],"pattern":"^\\w+$"}}})",
        R"({"type":"object","additionalProperties":false,"enum":[{}],"format":"x"})"}) {
    CAPTURE(good);
    CHECK(older(good));
  }
  for (const char* bad :
       {R"({"type":"object","properties":{"a":null}})", R"({"type":"object","required":[5]})",
        R"({"type":"object","properties":{"a":{"type":"text"}}})",
        R"({"type":"object","properties":{"a":{"$ref":"#/$defs/B"}}})",
        R"({"type":"object","properties":{"a":{"$ref":"http://x/y"}}})",
        R"({"type":"object","properties":{"a":{"pattern":"(?i)x"}}})",
        R"({"type":"object","patternProperties":{"[z-a]":{}}})",
        R"({"type":"object","properties":{"a":{"minimum":"1"}}})",
        R"({"type":"object","properties":{"a":{"enum":[]}}})",
        R"({"type":"object","properties":{"a":{"id":"x"}}})",
        R"({"type":"object","properties":{"a":{"nullable":true}}})"}) {
    CAPTURE(bad);
    CHECK_FALSE(older(bad));
  }
}

TEST_CASE("patterns are checked by the syntax of JavaScript") {
  for (const char* good : {"", "^a+$", "(?<n>a)\\k<n>", "(a)\\1", "\\p{L}", "\\u{1F600}", "[\\w.-]",
                           "a{2,3}?", "(?!x)y|z", "[^\\]]", "\\0", "é+"})
    CHECK_MESSAGE(is_javascript_pattern(good), good);
  for (const char* bad : {"(?i)a", "\\A", "\\-", "\\_", "[z-a]", "[\\w-z]", "a{", "}", "]", "(",
                          ")", "a**", "^*", "(?P<n>x)", "\\1", "\\x4", "\\"})
    CHECK_FALSE_MESSAGE(is_javascript_pattern(bad), bad);
  CHECK_FALSE(is_javascript_pattern(std::string(1000, '(')));
}
