#include "tool_faults.h"

#include <fmt/core.h>

#include <algorithm>
#include <set>

#include "callgate/base/ascii.h"

namespace callgate {

namespace {

constexpr size_t kLongestKey = 64;
constexpr size_t kMostFaults = 20;

bool is_plain_key(std::string_view key) {
  const auto fits = [](char c) {
    return is_letter_or_digit(c) || c == '_' || c == '.' || c == '-';
  };
  return !key.empty() && key.size() <= kLongestKey && std::all_of(key.begin(), key.end(), fits);
}

bool has_type(Value schema, std::string_view type) {
  const Value types = schema.find("type");
  if (types.text_is(type)) return true;
  if (!types.is_array()) return false;
  for (const Value each : types)
    if (each.text_is(type)) return true;
  return false;
}

class FaultFinder {
 public:
  std::vector<std::string> run(Value definition) {
    if (definition.find("description").text().empty()) add("has no description");
    const Value input = definition.find("inputSchema");
    if (!input.find("type").text_is("object"))
      add("its input schema does not have \"type\": \"object\"");
    for (const char* key : {"anyOf", "oneOf", "allOf"})
      if (input.find(key)) add(fmt::format("has \"{}\" at the top level of its input schema", key));
    schema(input, "");
    return std::move(faults_);
  }

 private:
  void add(std::string fault) {
    if (faults_.size() < kMostFaults && reported_.insert(fault).second)
      faults_.push_back(std::move(fault));
  }

  static std::string place(const std::string& at) { return at.empty() ? "the top" : at; }

  void schema(Value at, const std::string& where) {
    if (!at.is_object() || faults_.size() >= kMostFaults) return;
    if (has_type(at, "array") && !at.find("items") && !at.find("prefixItems"))
      add(fmt::format("\"items\" is missing at {}", place(where)));
    if (const std::string to = at.find("$ref").text(); !to.empty() && to[0] != '#')
      add(fmt::format("refers to another document at {}", place(where)));
    const Value properties = at.find("properties");
    for (const Value each : properties) {
      const std::string key = each.key();
      if (!is_plain_key(key))
        add(
            fmt::format("the property \"{}\" has other characters than letters, digits, _ . - (or "
                        "its name is too long)",
                        key.substr(0, kLongestKey)));
      schema(each, where + "/properties/" + key.substr(0, kLongestKey));
    }
    for (const Value each : at.find("required"))
      if (properties.is_object() && !properties.find(each.text()))
        add(fmt::format("requires \"{}\", which is not a property", each.text()));
    if (const Value items = at.find("items")) schema(items, where + "/items");
    for (const char* key : {"anyOf", "oneOf", "allOf"})
      for (const Value each : at.find(key)) schema(each, where + "/" + key);
  }

  std::vector<std::string> faults_;
  std::set<std::string> reported_;
};

}  // namespace

std::vector<std::string> tool_faults(Value definition) { return FaultFinder().run(definition); }

const std::vector<ClientNames>& clients_names() {
  static const auto& all = *new std::vector<ClientNames>{{"Claude Code", "mcp__", "__", 64},
                                                         {"Codex", "mcp__", "__", 64},
                                                         {"Cursor", "", ":", 60},
                                                         {"VS Code", "mcp_", "_", 64}};
  return all;
}

}  // namespace callgate
