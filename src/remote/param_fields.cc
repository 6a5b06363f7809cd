#include "param_fields.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/base/base64.h"
#include "callgate/base/log.h"
#include "callgate/wire/edits.h"

namespace callgate {

namespace {

constexpr std::string_view kMark = "x-mcp-header";

bool is_plain(std::string_view text) {
  if (text.starts_with(' ') || text.ends_with(' ') || text.starts_with("=?base64?")) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

/// Keys of a schema whose values are no schemas.
bool holds_data(Value member) {
  for (const std::string_view key : {"default", "const", "enum", "examples"}) {
    if (member.key_is(key)) return true;
  }
  return false;
}

std::string text_of(Value value) {
  if (value.is_string()) return value.text();
  if (const auto flag = value.boolean()) return *flag ? "true" : "false";
  const auto number = value.integer();
  return number ? std::to_string(*number) : std::string(value.raw());
}

}  // namespace

Result<std::string> mirrored(std::string_view text) {
  std::string value = is_plain(text) ? std::string(text) : "=?base64?" + base64(text) + "?=";
  if (value.size() > kLongestMirrored)
    return Error{"remote.field",
                 "the server wants a part of the request in a field of HTTP, and this part has "
                 "more than " +
                     std::to_string(kLongestMirrored) + " bytes",
                 "use a shorter argument"};
  return value;
}

/// Finds the marked properties of one schema. Recurses as deep as the schema, whose depth Walker
/// has limited.
class ParamFields::SchemaReader {
 public:
  explicit SchemaReader(std::vector<Field>& fields) : fields_(fields) {}

  void schema(Value at, bool reachable) {
    if (at.is_array()) {
      for (const Value item : at) schema(item, false);
    }
    if (!at.is_object()) return;
    for (const Value member : at) {
      if (member.key_is(kMark)) {
        mark(at, member, reachable);
      } else if (member.key_is("properties") && member.is_object()) {
        properties(member, reachable);
      } else if (!holds_data(member)) {
        schema(member, false);
      }
    }
  }
  const std::string& fault() const { return fault_; }

 private:
  void properties(Value all, bool reachable) {
    for (const Value property : all) {
      path_.push_back(property.key());
      schema(property, reachable);
      path_.pop_back();
    }
  }

  void mark(Value at, Value name, bool reachable) {
    const Value type = at.find("type");
    const bool simple =
        type.text_is("string") || type.text_is("integer") || type.text_is("boolean");
    if (!reachable || path_.empty())
      fault_ = "it marks something that is no property of the arguments";
    else if (!simple)
      fault_ = "it marks a property that is neither a string, an integer nor a boolean";
    else if (!name.is_string() || !is_token(name.text()))
      fault_ = "its name is no name of a field";
    else if (std::any_of(fields_.begin(), fields_.end(), [&](const Field& field) {
               return equal_ignoring_case(field.name, name.text());
             }))
      fault_ = "two properties have the same name";
    else if (fields_.size() == kMostFieldsOfTool)
      fault_ = "it marks too many properties";
    else
      fields_.push_back({.name = name.text(), .path = path_});
  }

  std::vector<Field>& fields_;
  std::vector<std::string> path_;
  std::string fault_;
};

/// Returns why the tool is not valid.
std::optional<std::string> ParamFields::learn_tool(Value tool) {
  const std::string name = tool.find("name").text();
  std::vector<Field> fields;
  SchemaReader reader(fields);
  // The schema itself is not a property, so a mark there is at an empty path.
  reader.schema(tool.find("inputSchema"), true);
  if (!reader.fault().empty()) return reader.fault();
  if (fields.empty()) {
    tools_.erase(name);
    return std::nullopt;
  }
  if (tools_.size() >= kMostTools && !tools_.contains(name))
    return "more than " + std::to_string(kMostTools) + " tools use it";
  tools_[name] = {.fields = std::move(fields), .listing = listing_};
  return std::nullopt;
}

std::optional<std::string> ParamFields::learn(Value answer, bool first, std::string_view server) {
  const Value result = answer.find("result"), tools = result.find("tools");
  if (!tools.is_array()) return std::nullopt;
  if (first) ++listing_;
  Edits edits;
  for (const Value tool : tools) {
    const auto fault = learn_tool(tool);
    if (!fault) continue;
    log::warn("server '{}': the tool '{}' is left out, because its x-mcp-header is not valid: {}",
              server, tool.find("name").text(), *fault);
    edits.drop(tool);
  }
  // Tools that the whole new list does not have are forgotten.
  if (!result.find("nextCursor").is_string())
    std::erase_if(tools_, [this](const auto& entry) { return entry.second.listing != listing_; });
  if (edits.empty()) return std::nullopt;
  return edits.apply(answer);
}

Status ParamFields::add(Value params, WebFields& fields) const {
  const auto tool = tools_.find(params.find("name").text());
  if (tool == tools_.end()) return {};
  for (const Field& field : tool->second.fields) {
    Value value = params.find("arguments");
    for (const std::string& key : field.path) value = value.find(key);
    if (!value || value.is(NodeKind::Null) || value.is_object() || value.is_array()) continue;
    auto text = mirrored(text_of(value));
    if (!text) return text.error();
    fields.emplace_back("Mcp-Param-" + field.name, std::move(*text));
  }
  return {};
}

}  // namespace callgate
