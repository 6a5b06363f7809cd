// Finds the parts of a schema for which ajv 8 throws an exception when it compiles the schema.
// Assumes that ajv runs without strict mode and without validation of schemas. Source: ajv 8.17
// lib/vocabularies, lib/compile; JSON Schema draft-07.
#include <string>
#include <string_view>

#include "callgate/protocol/mend.h"

namespace callgate {

namespace {

enum class Form {
  Text,
  Number,
  Boolean,
  Schema,            // an object or a boolean
  SchemaOrSchemas,   // a schema, or an array of schemas
  Schemas,           // an array of schemas
  SchemasByKey,      // an object whose values are schemas
  SchemasByPattern,  // an object whose keys are patterns and whose values are schemas
  Array,
  FilledArray,   // an array that is not empty
  Dependencies,  // an object whose values are schemas or arrays
  Never
};

struct Keyword {
  std::string_view key;
  Form form;
};

constexpr Keyword kKeywords[] = {
    {"$id", Form::Text},
    {"$ref", Form::Text},
    {"id", Form::Never},
    {"pattern", Form::Text},
    {"format", Form::Text},
    {"nullable", Form::Boolean},
    {"maximum", Form::Number},
    {"minimum", Form::Number},
    {"exclusiveMaximum", Form::Number},
    {"exclusiveMinimum", Form::Number},
    {"multipleOf", Form::Number},
    {"maxLength", Form::Number},
    {"minLength", Form::Number},
    {"maxItems", Form::Number},
    {"minItems", Form::Number},
    {"maxProperties", Form::Number},
    {"minProperties", Form::Number},
    {"uniqueItems", Form::Boolean},
    {"required", Form::Array},
    {"enum", Form::FilledArray},
    {"allOf", Form::Schemas},
    {"anyOf", Form::Schemas},
    {"oneOf", Form::Schemas},
    {"not", Form::Schema},
    {"if", Form::Schema},
    {"then", Form::Schema},
    {"else", Form::Schema},
    {"contains", Form::Schema},
    {"propertyNames", Form::Schema},
    {"additionalItems", Form::Schema},
    {"additionalProperties", Form::Schema},
    {"items", Form::SchemaOrSchemas},
    {"properties", Form::SchemasByKey},
    {"definitions", Form::SchemasByKey},
    {"$defs", Form::SchemasByKey},
    {"patternProperties", Form::SchemasByPattern},
    {"dependencies", Form::Dependencies},
};

bool is_truth_value(Value value) { return value.boolean().has_value(); }
bool is_schema(Value value) { return value.is_object() || is_truth_value(value); }
bool is_empty(Value value) { return !(value.begin() != value.end()); }

bool is_type(Value word) {
  for (const char* type : {"string", "number", "integer", "boolean", "null", "object", "array"})
    if (word.text_is(type)) return true;
  return false;
}

class Compiler {
 public:
  explicit Compiler(Value root) : root_(root) { look_for_anchors(); }

  std::string run() {
    top();
    schema(root_);
    return std::move(fault_);
  }

 private:
  void fault(std::string why) {
    if (fault_.empty()) fault_ = std::move(why);
  }

  // Checks the conditions of the client library's own schema for tools. This schema is stricter
  // than ajv.
  void top() {
    const Value properties = root_.find("properties");
    for (const Value each : properties)
      if (!each.is_object()) fault("the property '" + each.key() + "' is not an object");
    for (const Value name : root_.find("required"))
      if (!name.is_string()) fault("'required' has an element that is not text");
  }

  // Finds out whether the schema defines any names ($id, $anchor). A reference to a name is not
  // resolved. It counts as valid if the schema defines any name at all.
  void look_for_anchors() {
    const auto& nodes = root_.message().nodes();
    for (uint32_t i = root_.index(); i < root_.node().next; ++i) {
      if (nodes[i].key_begin == nodes[i].key_end) continue;
      const Value at(root_.message(), i);
      named_ = named_ || at.key_is("$id") || at.key_is("$anchor") || at.key_is("$dynamicAnchor");
    }
  }

  void schema(Value at) {
    if (!fault_.empty() || is_truth_value(at)) return;
    if (!at.is_object()) return fault("a schema inside the output schema is not an object");
    if (const Value type = at.find("type"))
      types(type);
    else if (at.find("nullable"))
      fault("'nullable' is given without 'type'");
    for (const Value member : at) {
      for (const Keyword& keyword : kKeywords)
        if (member.key_is(keyword.key)) check(keyword, member);
    }
  }

  void types(Value type) {
    if (type.is_string() && type.text().empty()) return;
    if (type.is_array()) {
      for (const Value each : type)
        if (!is_type(each)) fault("'type' names " + std::string(each.raw().substr(0, 40)));
    } else if (!is_type(type)) {
      fault("'type' is " + std::string(type.raw().substr(0, 40)));
    }
  }

  void check(const Keyword& keyword, Value value) {
    if (!fits(keyword.form, value))
      return fault("'" + std::string(keyword.key) + "' is " +
                   std::string(value.raw().substr(0, 40)));
    if (keyword.key == "$ref") return reference(value.text());
    if (keyword.key == "pattern") return pattern(value.text());
    switch (keyword.form) {
      case Form::Schema:
        return schema(value);
      case Form::SchemaOrSchemas:
        if (!value.is_array()) return schema(value);
        [[fallthrough]];
      case Form::Schemas:
      case Form::SchemasByKey:
        for (const Value each : value) schema(each);
        return;
      case Form::SchemasByPattern:
        for (const Value each : value) {
          pattern(each.key());
          schema(each);
        }
        return;
      case Form::Dependencies:
        for (const Value each : value)
          if (!each.is_array()) schema(each);
        return;
      default:
        return;
    }
  }

  static bool fits(Form form, Value value) {
    switch (form) {
      case Form::Text:
        return value.is_string();
      case Form::Number:
        return value.number().has_value();
      case Form::Boolean:
        return is_truth_value(value);
      case Form::Schema:
        return is_schema(value);
      case Form::SchemaOrSchemas:
        return is_schema(value) || value.is_array();
      case Form::Schemas:
      case Form::Array:
        return value.is_array();
      case Form::FilledArray:
        return value.is_array() && !is_empty(value);
      case Form::SchemasByKey:
      case Form::SchemasByPattern:
      case Form::Dependencies:
        return value.is_object();
      case Form::Never:
        return false;
    }
    return true;
  }

  void pattern(const std::string& text) {
    if (!is_javascript_pattern(text))
      fault("the pattern '" + text.substr(0, 40) + "' is not valid in JavaScript");
  }

  void reference(const std::string& to) {
    const bool pointer = to.rfind("#/", 0) == 0;
    if (to.empty() || to == "#" || to.rfind("http://json-schema.org/draft-07/schema", 0) == 0)
      return;
    if (!pointer && named_) return;
    if (!pointer)
      return fault("the schema refers to '" + to.substr(0, 60) + "', which is not in the schema");
    if (named_ || to.find('%') != std::string::npos) return;
    if (!is_schema(root_.at_pointer(std::string_view(to).substr(1))))
      fault("the schema refers to '" + to.substr(0, 60) + "', which is not in the schema");
  }

  Value root_;
  bool named_ = false;
  std::string fault_;
};

}  // namespace

std::string output_schema_fault(Value schema) { return Compiler(schema).run(); }

}  // namespace callgate
