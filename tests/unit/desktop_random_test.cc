// Random files: a change affects the intended entries only, every other byte stays, and undoing it
// restores the file.
#include <random>

#include "callgate/base/text.h"
#include "callgate/wire/message.h"
#include "desktop_support.h"

namespace callgate {

namespace {

class Maker {
 public:
  explicit Maker(uint32_t seed) : random_(seed) {}
  size_t below(size_t count) { return random_() % count; }
  std::string one_of(const std::vector<std::string>& of) { return of[below(of.size())]; }

  /// Returns text that may occur between any two tokens of JSON with comments.
  std::string gap() {
    return one_of({"", "", "", " ", "\n  ", "\r\n", "\t", "/*,}*/", " // \"x\": {\n", "/* \n */ "});
  }
  std::string json_value(int depth) {
    if (depth == 0 || below(3) == 0)
      return one_of(
          {"1", "true", "null", "\"\"", "\"a,b\\\"}\"", "-0.5e3", "\"é // no\"", "{}", "[]"});
    const bool object = below(2) == 0;
    std::string out = object ? "{" : "[";
    const size_t count = below(4);
    for (size_t i = 0; i < count; ++i) {
      out += gap();
      if (object) out += "\"k" + std::to_string(i) + "\"" + gap() + ":" + gap();
      out += json_value(depth - 1) + gap();
      if (i + 1 < count || below(3) == 0) out += ",";
    }
    return out + gap() + (object ? "}" : "]");
  }
  std::string servers(size_t count, std::vector<std::string>& names) {
    std::string out = "{" + gap();
    for (size_t i = 0; i < count; ++i) {
      names.push_back("s" + std::to_string(i));
      out += "\"" + names.back() + "\"" + gap() + ":" + gap() + json_value(2) + gap();
      if (i + 1 < count || below(3) == 0) out += "," + gap();
    }
    return out + "}";
  }
  std::string json_file(std::vector<std::string>& names) {
    const size_t before = below(3), after = below(3);
    const bool has = below(4) != 0;
    std::vector<std::string> members;
    for (size_t i = 0; i < before; ++i)
      members.push_back("\"b" + std::to_string(i) + "\":" + gap() + json_value(3));
    if (has) members.push_back("\"mcpServers\"" + gap() + ":" + gap() + servers(below(5), names));
    for (size_t i = 0; i < after; ++i)
      members.push_back("\"a" + std::to_string(i) + "\":" + json_value(3));
    std::string out = one_of({"", "\xEF\xBB\xBF"}) + gap() + "{" + gap();
    for (size_t i = 0; i < members.size(); ++i) {
      out += members[i] + gap();
      if (i + 1 < members.size() || below(3) == 0) out += "," + gap();
    }
    return out + "}" + gap();
  }
  std::string toml_file(std::vector<std::string>& names) {
    std::string out = one_of({"", "# head\n", "a = 1\n\n", "x.y = [1,\n 2] # c\n"});
    for (size_t i = below(6); i > 0; --i) {
      if (below(3) == 0) {
        out += "[other" + std::to_string(i) + "]\nk = '[mcp_servers.no]'\n";
      } else {
        names.push_back("s" + std::to_string(i));
        out += "[mcp_servers." + names.back() + "]\ncommand = \"c\"" + one_of({"\n", " # c\n"});
        if (below(2))
          out +=
              "\n[ mcp_servers . " + names.back() + ".env]\nA = \"\"\"\n[mcp_servers.x]\n\"\"\"\n";
      }
      out += one_of({"", "\n", "# about the next\n", "\n\n"});
    }
    return out;
  }
  std::string yaml_file(std::vector<std::string>& names) {
    std::string out = one_of({"", "# head\n", "---\n", "a: 1\nb:\n- x\n- y: z\n"});
    const std::string indent = one_of({"  ", "    "});
    if (below(5) == 0)
      return out + one_of({"", "extensions: {}\n", "extensions:\n", "extensions: null # c\n"}) +
             "z: |\n  extensions:\n";
    out += "extensions:" + one_of({"\n", " # c\n"});
    for (size_t i = 1 + below(4); i > 0; --i) {
      names.push_back("s" + std::to_string(i));
      out += one_of({"", "\n", indent + "# next\n", "# left\n"});
      out +=
          indent + names.back() + ":\n" + indent + "  type: stdio\n" + indent + "  cmd: 'it''s'\n";
      out += indent + "  " +
             one_of({"args: [\"-y\",\n" + indent + "    x]\n",
                     "args:\n" + indent + "  - a: b\n" + indent + "    c: d\n",
                     "d: |-\n" + indent + "     deep\n\n" + indent + "     # no comment\n",
                     "d: plain\n" + indent + "    goes on\n"});
    }
    return out + one_of({"", "z: 1\n", "\n# end\n", "z: \"extensions:\n  s: \\\" \"\n"});
  }

  std::string yaml_list_file(std::vector<std::string>& names) {
    std::string out = one_of({"", "# head\n", "---\n", "name: a\nmodels:\n  - name: &m x\n"});
    const std::string indent = one_of({"", "  ", "    "});
    if (below(5) == 0)
      return out + one_of({"", "mcpServers: []\n", "mcpServers:\n", "mcpServers: [ ] # c\n"}) +
             "z: |\n  mcpServers:\n  - name: no\n";
    out += "mcpServers:" + one_of({"\n", " # c\n"});
    for (size_t i = 1 + below(4); i > 0; --i) {
      names.push_back("s" + std::to_string(i));
      out += one_of({"", "\n", indent + "# next\n"});
      out +=
          indent +
          one_of({"- name: " + names.back() + "\n" + indent + "  command: 'it''s'\n",
                  "-\n" + indent + "  command: c\n" + indent + "  name: \"" + names.back() + "\"\n",
                  "- {name: " + names.back() + ", args: [a,\n" + indent + "   b]}\n",
                  "-   name: " + names.back() + " # c\n" + indent + "    args:\n" + indent +
                      "    - name: b\n",
                  "- uses: " + names.back() + "\n"});
    }
    return out + one_of({"", "z: 1\n", "\n# end\n", "rules:\n- name: s1\n"});
  }

 private:
  std::mt19937 random_;
};

const DocumentEntry kRandomGate{"callgate", R"({"command":"/c","args":["a"]})", ""};

void check_change(ConfigFormat format, const std::string& text,
                  const std::vector<std::string>& names, const std::vector<std::string>& keys,
                  Maker& maker) {
  CAPTURE(text);
  const auto document = read_document(format, text, keys);
  REQUIRE_MESSAGE(document.ok(), (document ? "" : document.error().message));
  REQUIRE_EQ((*document)->entries().size(), names.size());
  std::vector<std::string> removed, kept;
  for (const std::string& name : names) (maker.below(3) ? removed : kept).push_back(name);
  const std::string changed = (*document)->changed(removed, {kRandomGate});
  CAPTURE(changed);
  const auto after = read_document(format, changed, keys);
  REQUIRE_MESSAGE(after.ok(), (after ? "" : after.error().message));
  REQUIRE_EQ((*after)->entries().size(), kept.size() + 1);
  for (const std::string& name : kept) {
    REQUIRE((*after)->entry(name));
    CHECK_EQ((*after)->entry(name)->raw, (*document)->entry(name)->raw);
  }
  CHECK((*after)->entry("callgate") != nullptr);
  // Undoing the change restores every entry.
  std::vector<DocumentEntry> back;
  for (const std::string& name : removed) back.push_back(*(*document)->entry(name));
  const std::string restored = (*after)->changed({"callgate"}, back);
  CAPTURE(restored);
  const auto again = read_document(format, restored, keys);
  REQUIRE_MESSAGE(again.ok(), (again ? "" : again.error().message));
  REQUIRE_EQ((*again)->entries().size(), names.size());
  for (const std::string& name : names)
    CHECK_EQ((*again)->entry(name)->json, (*document)->entry(name)->json);
}

/// Returns the members of the root other than the servers, with their bytes.
std::vector<std::string> others(const std::string& text) {
  std::vector<std::string> out;
  const auto root = read_json_document(text, {"nobody"});
  REQUIRE(root.ok());
  // The reader returns entries of a named member only, so the root is wrapped into one.
  const auto wrapped = read_json_document(
      "{\"w\":" + (text.starts_with("\xEF\xBB\xBF") ? text.substr(3) : text) + "\n}", {"w"});
  REQUIRE_MESSAGE(wrapped.ok(), (wrapped ? "" : wrapped.error().message));
  for (const DocumentEntry& each : (*wrapped)->entries())
    if (each.name != "mcpServers") out.push_back(each.name + ":" + each.raw);
  return out;
}

}  // namespace

TEST_CASE("a change of a random JSON file affects only the intended entries") {
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    Maker maker(seed);
    std::vector<std::string> names;
    const std::string text = maker.json_file(names);
    CAPTURE(seed);
    check_change(ConfigFormat::Json, text, names, {"mcpServers"}, maker);
    const auto document = read_json_document(text, {"mcpServers"});
    CHECK_EQ(others((*document)->changed(names, {kRandomGate})), others(text));
    const std::string all = (*document)->changed(names, {kRandomGate});
    const auto gated = read_json_document(all, {"mcpServers"});
    REQUIRE(gated.ok());
    if ((*document)->has_servers())
      CHECK_EQ((*gated)->with_servers_raw((*document)->servers_raw()), text);
  }
}

TEST_CASE("a change of a random TOML file affects only the intended entries") {
  for (uint32_t seed = 0; seed < 1000; ++seed) {
    Maker maker(seed);
    std::vector<std::string> names;
    const std::string text = maker.toml_file(names);
    CAPTURE(seed);
    check_change(ConfigFormat::Toml, text, names, {"mcp_servers"}, maker);
  }
}

TEST_CASE("a change of a random YAML file affects only the intended entries") {
  for (uint32_t seed = 0; seed < 1000; ++seed) {
    Maker maker(seed);
    std::vector<std::string> names;
    const std::string text = maker.yaml_file(names);
    CAPTURE(seed);
    check_change(ConfigFormat::Yaml, text, names, {"extensions"}, maker);
  }
}

TEST_CASE(
    "a change of a random YAML file with a list of servers affects only the intended entries") {
  for (uint32_t seed = 0; seed < 1000; ++seed) {
    Maker maker(seed);
    std::vector<std::string> names;
    const std::string text = maker.yaml_list_file(names);
    CAPTURE(seed);
    check_change(ConfigFormat::YamlList, text, names, {"mcpServers"}, maker);
  }
}

TEST_CASE("a damaged file is refused, or stays valid when it is changed") {
  for (uint32_t seed = 0; seed < 3000; ++seed) {
    Maker maker(seed);
    std::vector<std::string> names;
    constexpr ConfigFormat kFormats[] = {ConfigFormat::Json, ConfigFormat::Toml, ConfigFormat::Yaml,
                                         ConfigFormat::YamlList};
    const ConfigFormat format = kFormats[seed % 4];
    std::string text = format == ConfigFormat::Json   ? maker.json_file(names)
                       : format == ConfigFormat::Toml ? maker.toml_file(names)
                       : format == ConfigFormat::Yaml ? maker.yaml_file(names)
                                                      : maker.yaml_list_file(names);
    const std::string keys = format == ConfigFormat::Toml   ? "mcp_servers"
                             : format == ConfigFormat::Yaml ? "extensions"
                                                            : "mcpServers";
    for (size_t i = 1 + maker.below(3); i > 0 && !text.empty(); --i) {
      const size_t at = maker.below(text.size());
      if (maker.below(2))
        text.erase(at, 1 + maker.below(4));
      else
        text.insert(at, maker.one_of({"\"", "{", "}", "[", "]", ":", ",", "\n", " ", "'", "#", "\\",
                                      "-", "=", "\xff", std::string(1, '\0')}));
    }
    CAPTURE(seed);
    CAPTURE(text);
    const auto document = read_document(format, text, {keys});
    if (!document) continue;
    std::vector<std::string> all;
    for (const DocumentEntry& each : (*document)->entries()) all.push_back(each.name);
    if (contains(all, "callgate")) continue;
    const std::string changed = (*document)->changed(all, {kRandomGate});
    CAPTURE(changed);
    const auto after = read_document(format, changed, {keys});
    REQUIRE_MESSAGE(after.ok(), (after ? "" : after.error().message));
    CHECK_EQ((*after)->entries().size(), 1);
  }
}

}  // namespace callgate
