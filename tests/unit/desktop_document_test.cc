#include <array>

#include "callgate/base/text.h"
#include "callgate/wire/writer.h"
#include "desktop_support.h"

namespace callgate {

namespace {

using Names = std::vector<std::string>;

const DocumentEntry kGate{"callgate", R"({"command":"/usr/bin/callgate","args":[]})", ""};

std::unique_ptr<Document> json(std::string_view text, const Names& keys = {"mcpServers"}) {
  auto document = read_json_document(text, keys);
  REQUIRE_MESSAGE(document.ok(), (document ? "" : document.error().message));
  return std::move(*document);
}

std::string gated(std::string_view text, const Names& removed, const Names& keys = {"mcpServers"}) {
  return json(text, keys)->changed(removed, {kGate});
}

std::string where(const Result<std::unique_ptr<Document>>& document) {
  return document ? "good" : document.error().code + " " + document.error().message;
}

}  // namespace

TEST_CASE("servers are replaced in a JSON file's own layout, and nothing else changes") {
  CHECK_EQ(
      gated("{\n    \"a\": 1,\n    \"mcpServers\": {\n        \"x\": {\"command\": \"y\"}\n    "
            "}\n}\n",
            {"x"}),
      "{\n    \"a\": 1,\n    \"mcpServers\": {\n        \"callgate\": {\n            \"command\": "
      "\"/usr/bin/callgate\",\n            \"args\": []\n        }\n    }\n}\n");
  CHECK_EQ(gated(R"({"mcpServers":{"x":{"command":"y"}},"b":2})", {"x"}),
           R"({"mcpServers":{"callgate": {"command": "/usr/bin/callgate", "args": []}},"b":2})");
}

TEST_CASE("entries that stay keep their bytes, comments and commas") {
  const std::string text =
      "{\n  \"mcpServers\": {\n    // keep\n    \"k\": {\"url\": \"u\"}, // mine\n    \"x\": {},\n "
      " },\n}";
  const std::string out = gated(text, {"x"});
  CHECK(out.find("    // keep\n    \"k\": {\"url\": \"u\"}") != std::string::npos);
  CHECK(out.find("\"x\"") == std::string::npos);
  const auto again = json(out);
  REQUIRE_EQ(again->entries().size(), 2);
  CHECK_EQ(again->entries()[0].name, "k");
  CHECK_EQ(again->entries()[1].name, "callgate");
}

TEST_CASE("files without servers, empty files and files of comments get a member for the servers") {
  CHECK_EQ(
      gated("", {}),
      "{\n  \"mcpServers\": {\n    \"callgate\": {\n      \"command\": \"/usr/bin/callgate\",\n"
      "      \"args\": []\n    }\n  }\n}\n");
  CHECK_EQ(json(gated("// mine\n", {}))->entries().size(), 1);
  CHECK_EQ(json(gated("\xEF\xBB\xBF", {}))->entries().size(), 1);
  CHECK_EQ(json(gated("{}", {}))->entries().size(), 1);
  CHECK_EQ(json(gated("{ /* none */ }", {}))->entries().size(), 1);
  const std::string behind = gated("{\n\t\"a\": 1 // last\n}\n", {});
  CHECK(behind.starts_with("{\n\t\"a\": 1, // last\n\t\"mcpServers\": {\n\t\t\"callgate\""));
  CHECK(behind.ends_with("\n\t}\n}\n"));
  const std::string comma = gated("{\"a\": 1,}", {});
  CHECK_EQ(json(comma)->entries().size(), 1);
}

TEST_CASE("changes keep the file's line ends, and servers can be in a nested member") {
  const std::string text =
      "{\r\n  \"projects\": {\r\n    \"/p\": {\r\n      \"x\": 1\r\n    }\r\n  }\r\n}\r\n";
  const std::string out = gated(text, {}, {"projects", "/p", "mcpServers"});
  CHECK_EQ(json(out, {"projects", "/p", "mcpServers"})->entries().size(), 1);
  for (size_t at = 0; (at = out.find('\n', at)) != std::string::npos; ++at)
    CHECK_EQ(out[at - 1], '\r');
  CHECK_EQ(json(gated("{}", {}, {"projects", "/q", "mcpServers"}), {"projects", "/q", "mcpServers"})
               ->entries()
               .size(),
           1);
}

TEST_CASE("the error for invalid content has line and column") {
  const Names keys{"mcpServers"};
  CHECK_EQ(where(read_json_document("{\n  \"a\": tru\n}", keys)).substr(0, 23),
           "desktop.not_valid 2:8: ");
  CHECK(where(read_json_document("[]", keys)).starts_with("desktop.not_valid 1:1: "));
  CHECK(where(read_json_document("{\"mcpServers\": null}", keys))
            .starts_with("desktop.not_valid 1:16: "));
  CHECK(where(read_json_document("{\"mcpServers\":{},\"mcpServers\":{}}", keys))
            .find("appears twice") != std::string::npos);
  CHECK(where(read_json_document("{\"mcpServers\":{\"a\":{},\"a\":{}}}", keys))
            .find("appears twice") != std::string::npos);
  CHECK(where(read_json_document("{} /* open", keys)).starts_with("desktop.not_valid 1:4: "));
  CHECK(where(read_toml_document("a = 1\nb = \n", "mcp_servers"))
            .starts_with("desktop.not_valid 2:"));
  CHECK(where(read_toml_document("a = \"x\n", "mcp_servers")).starts_with("desktop.not_valid 1:"));
  CHECK(where(read_toml_document("[a\n", "mcp_servers")).starts_with("desktop.not_valid 1:3: "));
  CHECK(where(read_toml_document("mcp_servers = {}\n", "mcp_servers"))
            .starts_with("desktop.unsupported 1:1: "));
  CHECK(where(read_yaml_document("a: 1\n b: 2\n", "extensions")).starts_with("desktop.not_valid"));
  CHECK(where(read_yaml_document("extensions:\n  a:\n    x: [1\n", "extensions"))
            .starts_with("desktop.not_valid"));
  CHECK(where(read_yaml_document("extensions:\n  a: &x\n    b: 1\n", "extensions"))
            .starts_with("desktop.not_valid 2:6: "));
  CHECK(where(read_yaml_document("extensions:\n\ta: 1\n", "extensions"))
            .starts_with("desktop.not_valid 2:1: "));
  CHECK(where(read_yaml_document("extensions: {a: {}}\n", "extensions"))
            .starts_with("desktop.unsupported"));
}

TEST_CASE("TOML tables are removed and added, and everything around them stays") {
  const std::string text =
      "# mine\nmodel = \"o3\"  # which\n\n[mcp_servers.fs]\ncommand = 'npx'\nargs = [\n  \"-y\", # "
      "yes\n"
      "  \"fs\",\n]\n[mcp_servers.fs.env]\nA = \"1\"\n\n# about the profile\n[profiles.x]\nn = "
      "1_000\n";
  const auto document = read_toml_document(text, "mcp_servers");
  REQUIRE(document.ok());
  REQUIRE_EQ((*document)->entries().size(), 1);
  CHECK_EQ((*document)->entries()[0].json,
           R"({"command":"npx","args":["-y","fs"],"env":{"A":"1"}})");
  CHECK_EQ((*document)->changed({"fs"}, {kGate}),
           "# mine\nmodel = \"o3\"  # which\n\n[mcp_servers.callgate]\ncommand = "
           "\"/usr/bin/callgate\"\nargs = []\n\n# about the profile\n[profiles.x]\nn = 1_000\n");
}

TEST_CASE("the other ways to write a server in TOML are read, too") {
  const std::string text =
      "mcp_servers.a.command = \"x\"\n[mcp_servers]\nb = { command = \"y\", env = { K = 'v' } }\n"
      "[mcp_servers.\"c d\"]\ncommand = \"\"\"\nm\\\n   n\"\"\"\n";
  const auto document = read_toml_document(text, "mcp_servers");
  REQUIRE(document.ok());
  REQUIRE_EQ((*document)->entries().size(), 3);
  CHECK_EQ((*document)->entries()[1].json, R"({"command":"y","env":{"K":"v"}})");
  CHECK_EQ((*document)->entries()[2].name, "c d");
  CHECK_EQ((*document)->entries()[2].json, R"({"command":"mn"})");
  const std::string out = (*document)->changed({"a", "b", "c d"}, {kGate});
  const auto again = read_toml_document(out, "mcp_servers");
  REQUIRE(again.ok());
  CHECK_EQ((*again)->entries().size(), 1);
}

TEST_CASE("YAML members are removed and added, and everything around them stays") {
  const std::string text =
      "# goose\nGOOSE_MODEL: gpt-4o\nextensions:\n  developer:\n    bundled: true\n    type: "
      "builtin\n"
      "  # files\n  fs:\n    args:\n    - -y\n    - '@x/fs'\n    cmd: npx\n    env_keys: []\n"
      "    envs: {A: \"1\"}\n    description: >-\n      two\n      words\n    type: stdio\nOTHER: "
      "|\n  extensions:\n    not: this\n";
  const auto document = read_yaml_document(text, "extensions");
  REQUIRE_MESSAGE(document.ok(), (document ? "" : document.error().message));
  REQUIRE_EQ((*document)->entries().size(), 2);
  CHECK_EQ(
      (*document)->entries()[1].json,
      R"({"args":["-y","@x/fs"],"cmd":"npx","env_keys":[],"envs":{"A":"1"},"description":"two words","type":"stdio"})");
  CHECK_EQ((*document)->changed({"fs"}, {{"callgate", R"({"cmd":"/c","args":["a b"]})", ""}}),
           "# goose\nGOOSE_MODEL: gpt-4o\nextensions:\n  developer:\n    bundled: true\n    type: "
           "builtin\n"
           "  # files\n  callgate:\n    cmd: \"/c\"\n    args: [\"a b\"]\nOTHER: |\n  "
           "extensions:\n    not: this\n");
}

TEST_CASE("an entry is added to YAML whose extensions are absent, empty or null") {
  const auto gate = [](std::string_view text) {
    const auto document = read_yaml_document(text, "extensions");
    REQUIRE_MESSAGE(document.ok(), (document ? "" : document.error().message));
    return (*document)->changed({}, {{"callgate", R"({"cmd":"/c"})", ""}});
  };
  const std::string block = "extensions:\n  callgate:\n    cmd: \"/c\"\n";
  CHECK_EQ(gate(""), block);
  CHECK_EQ(gate("a: 1"), "a: 1\n" + block);
  CHECK_EQ(gate("extensions: {}\na: 1\n"), block + "a: 1\n");
  CHECK_EQ(gate("extensions:\na: 1\n"), block + "a: 1\n");
  CHECK_EQ(gate("---\nextensions: {}"), "---\n" + block);
}

TEST_CASE("a file may have 4,096 servers, and one more is refused") {
  const auto files = [](size_t count) {
    std::string json, toml, yaml = "extensions:\n";
    for (size_t i = 0; i < count; ++i) {
      const std::string name = "s" + std::to_string(i);
      json += (i > 0 ? ",\"" : "\"") + name + "\":{}";
      toml += "[m." + name + "]\n";
      yaml += "  " + name + ": {}\n";
    }
    return std::array<std::string, 3>{"{\"m\":{" + json + "}}", toml, yaml};
  };
  for (const size_t count : {size_t{4096}, size_t{4097}}) {
    const auto [json, toml, yaml] = files(count);
    CHECK_EQ(read_json_document(json, {"m"}).ok(), count == 4096);
    CHECK_EQ(read_toml_document(toml, "m").ok(), count == 4096);
    CHECK_EQ(read_yaml_document(yaml, "extensions").ok(), count == 4096);
  }
}

TEST_CASE("long lists and many keys are read in linear time") {
  std::string list = "extensions:\n  a:\n    args:\n", keys = "extensions:\n  a:\n",
              table = "[m.a]\n";
  for (size_t i = 0; i < 100'000; ++i) {
    list += "    - x\n";
    keys += "    k" + std::to_string(i) + ": 1\n";
    table += "k" + std::to_string(i) + " = 1\n";
  }
  CHECK(read_yaml_document(list, "extensions").ok());
  CHECK(read_yaml_document(keys, "extensions").ok());
  CHECK(read_toml_document(table, "m").ok());
}

TEST_CASE("YAML's scalars are read with the meaning that they have in YAML") {
  const auto value = [](std::string_view yaml) {
    const auto document =
        read_yaml_document("extensions:\n  a:\n" + std::string(yaml), "extensions");
    return document ? (*document)->entries().at(0).json : document.error().code;
  };
  CHECK_EQ(value("    b: >\n      c\n      d\n\n      e\n        f\n      g\n"),
           R"({"b":"c d\ne\n  f\ng\n"})");
  CHECK_EQ(value("    b: |+\n      c\n\n    d: 1\n"), R"({"b":"c\n\n","d":1})");
  CHECK_EQ(value("    b: \"c\n      d\\x41\"\n"), R"({"b":"c dA"})");
  CHECK_EQ(value("    b:\n    -\n    - c\n    - \n      d: 1\n"), R"({"b":[null,"c",{"d":1}]})");
  CHECK_EQ(value("    b: http://c:1/#d # e\n"), R"({"b":"http://c:1/#d"})");
  CHECK_EQ(value("    b: {c: [d, 'e'], f: }\n"), R"({"b":{"c":["d","e"],"f":null}})");
  for (const char* wrong :
       {"    b: - c\n", "    b: !t c\n", "    b: *c\n", "    b: c: d\n", "    b: 'c\n",
        "    b: &c d\n", "    b: [c d\n", "    b: 1\n    b: 2\n", "    b: 1\n     c: 2\n",
        "    <<: {c: d}\n", "    ? b\n    : c\n", "    b: {c: 1, c: 2}\n", "    b: [&c d, *c]\n",
        "    [b]: c\n", "    b: \"\\ud800\"\n"})
    CHECK_EQ(value(wrong), "desktop.not_valid");
  CHECK_EQ(value("    b:\n    - - c\n      - d\n"), R"({"b":[["c","d"]]})");
  CHECK_EQ(value("    b: [c: d]\n"), R"({"b":[{"c":"d"}]})");
  CHECK_EQ(value("    b: \"\\U0001F600\\_\"\n"), "{\"b\":\"\xF0\x9F\x98\x80\xC2\xA0\"}");
}

TEST_CASE("every character that is written as YAML is read again") {
  const auto document = read_yaml_document("", "extensions");
  REQUIRE(document.ok());
  for (uint32_t first = 0; first < 0x20000; first += 0x100) {
    std::string text;
    for (uint32_t code = first; code < first + 0x100; ++code)
      if (code < 0xD800 || code >= 0xE000) append_utf8(text, code);
    const std::string json = "{" + quote(text) + ":" + quote(text) + "}";
    const std::string yaml = (*document)->changed({}, {{text, json, ""}});
    CAPTURE(first);
    const auto again = read_yaml_document(yaml, "extensions");
    REQUIRE_MESSAGE(again.ok(), (again ? "" : again.error().message));
    REQUIRE_EQ((*again)->entries().size(), 1);
    CHECK_EQ((*again)->entries()[0].name, text);
    CHECK_EQ((*again)->entries()[0].json, json);
  }
}

TEST_CASE("YAML's members are found in bytes, whatever their characters and line ends") {
  const std::string
      before = "\xEF\xBB\xBF# \xC3\xA9\r\n\xF0\x9F\x98\x80: \"\xC3\xBC\"  # \xE2\x82\xAC\r\n",
      ours = "  \xC3\xB6: # \xC3\xA9\r\n    b: |\r\n      \xC3\xBC\r\n",
      after = "\r\n  # \xC3\xA4\r\n  c: {}\r\n\xC3\xA9: &x [ \xC3\xA9 ]\r\n";
  const auto document = read_yaml_document(before + "extensions:\r\n" + ours + after, "extensions");
  REQUIRE_MESSAGE(document.ok(), (document ? "" : document.error().message));
  REQUIRE_EQ((*document)->entries().size(), 2);
  CHECK_EQ((*document)->entries()[0].raw, ours);
  CHECK_EQ((*document)->entries()[0].json, "{\"b\":\"\xC3\xBC\\n\"}");
  CHECK_EQ((*document)->changed({"\xC3\xB6"}, {}), before + "extensions:\r\n" + after);
  // The line and the column are those of the text, too.
  CHECK(where(read_yaml_document(before + "extensions:\r\n  a:\r\n    \xC3\xA9: *x\r\n",
                                 "extensions"))
            .starts_with("desktop.not_valid 5:9: "));
}

TEST_CASE("YAML that an edit could break is refused") {
  // U+2028 and a carriage return end a line in YAML, but not in our text: a member would share its
  // line with another.
  for (const char* text :
       {"extensions:\n  a: 1\xE2\x80\xA8  b: 2\n", "extensions:\n  a: 1\r  b: 2\n",
        "extensions:\n  a: 1\xE2\x80\xA8z: 2\n", "z: 1\rextensions:\n  a: 1\n",
        "--- {extensions: {a: {}}}\n", "? extensions\n: {}\n", "a: 1\n...\n", "a: 1\n---\nb: 1\n",
        "a: 1\n---\n", "a: 1\nextensions: &e\n  b: {}\n"})
    CHECK(where(read_yaml_document(text, "extensions")).starts_with("desktop.not_valid"));
  // A value of several lines that means "no servers" goes as a whole.
  const auto document = read_yaml_document("extensions:\n  { # none\n  }\na: 1\n", "extensions");
  REQUIRE(document.ok());
  CHECK_EQ((*document)->changed({}, {{"b", R"({"c":1})", ""}}),
           "extensions:\n \n  b:\n    c: 1\na: 1\n");
  const auto directive =
      read_yaml_document("%YAML 1.2\n---\nextensions:\n  a: {}\n...\n", "extensions");
  REQUIRE(directive.ok());
  CHECK_EQ((*directive)->changed({"a"}, {}), "%YAML 1.2\n---\nextensions: {}\n...\n");
}

TEST_CASE("TOML's scalars are read with the meaning that they have in TOML") {
  const auto value = [](const std::string& toml) {
    const auto document = read_toml_document("[m.a]\nb = " + toml + "\n", "m");
    return document ? (*document)->entries().at(0).json : document.error().code;
  };
  CHECK_EQ(value("+1_000"), R"({"b":1000})");
  CHECK_EQ(value("0xfF"), R"({"b":"0xfF"})");
  CHECK_EQ(value("1979-05-27 07:32:00Z # c"), R"({"b":"1979-05-27 07:32:00Z"})");
  CHECK_EQ(value("\"\\U0001F600\\e\""), "{\"b\":\"\xF0\x9F\x98\x80\\u001b\"}");
  for (const char* wrong : {"01", "tru", "1.", ".5", "x", "\"\\q\"", "\"\\ud800\"", "[1 2]", "{a=1",
                            "'x", "1 2", "0b12"})
    CHECK_EQ(value(wrong), "desktop.not_valid");
}

TEST_CASE("the depth of nesting is limited in every format") {
  const auto nested = [](const char* open, size_t count) {
    std::string out;
    for (size_t i = 0; i < count; ++i) out += open;
    return out;
  };
  CHECK_FALSE(read_json_document("{\"a\":" + nested("[", 200), {"m"}).ok());
  CHECK_FALSE(read_toml_document("a = " + nested("[", 100'000), "m").ok());
  CHECK_FALSE(
      read_yaml_document("extensions:\n  a:\n    b: " + nested("[", 100'000), "extensions").ok());
  CHECK_FALSE(read_yaml_document("a: " + nested("[", 100'000), "extensions").ok());
  // The parts of dotted keys are levels, too: thirty-two parts are read, and one more is an error.
  for (const auto& header : std::initializer_list<std::pair<std::string, std::string>>{
           {"[", "]\n"}, {"[[", "]]\n"}, {"", " = 1\n"}, {"a = { ", " = 1 }\n"}}) {
    // clang 14 cannot capture structured bindings in a lambda.
    const std::string &before = header.first, &after = header.second;
    const auto read = [&before, &after, &nested](size_t parts) {
      return where(
          read_toml_document(before + "x" + nested(".x", parts - 1) + after, "mcp_servers"));
    };
    CAPTURE(before);
    CHECK_EQ(read(32), "good");
    CHECK(read(33).find("more than 32 parts") != std::string::npos);
    CHECK(read(5000).find("more than 32 parts") != std::string::npos);
  }
}

}  // namespace callgate
