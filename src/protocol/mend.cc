#include "callgate/protocol/mend.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <unordered_set>

#include "callgate/base/fold.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/writer.h"
#include "timestamp.h"

namespace callgate {

namespace {

constexpr size_t kMostChanges = 20;
constexpr size_t kLongestPlace = 100;
// No item is nested so deeply, because the depth was checked when the answer arrived.
constexpr size_t kDeepest = size_t{1} << 14;
constexpr std::string_view kLargestDouble = "1.7976931348623157e308";

bool is_text(Value value) { return value.is_string(); }
bool is_object(Value value) { return value.is_object(); }
bool is_finite(Value value) { return value.number().has_value(); }
bool is_boolean(Value value) { return value.boolean().has_value(); }
bool is_share(Value value) {
  const std::optional<double> number = value.number();
  return number && *number >= 0 && *number <= 1;
}
bool is_time(Value value) { return value.is_string() && is_timestamp(value.text()); }
bool is_theme(Value value) { return value.text_is("light") || value.text_is("dark"); }
bool is_task_support(Value value) {
  return value.text_is("required") || value.text_is("optional") || value.text_is("forbidden");
}
bool is_role(Value value) { return value.text_is("user") || value.text_is("assistant"); }
bool is_array_of(Value value, bool (*fits)(Value)) {
  if (!value.is_array()) return false;
  for (const Value each : value)
    if (!fits(each)) return false;
  return true;
}
bool are_texts(Value value) { return is_array_of(value, is_text); }
bool are_roles(Value value) { return is_array_of(value, is_role); }

struct Optional {
  std::string_view key;
  bool (*fits)(Value);
};
constexpr Optional kOfAll[] = {{"title", is_text}, {"description", is_text}, {"_meta", is_object}};
// The keys of items that clients read.
constexpr std::string_view kItemKeys[] = {
    "name", "title",    "description", "_meta",       "icons",        "annotations", "uri",
    "size", "mimeType", "uriTemplate", "inputSchema", "outputSchema", "execution",   "arguments"};
constexpr std::string_view kAnnotationKeys[] = {
    "title",         "readOnlyHint", "destructiveHint", "idempotentHint",
    "openWorldHint", "audience",     "priority",        "lastModified"};
constexpr Optional kOfResources[] = {{"mimeType", is_text}, {"size", is_finite}};
constexpr Optional kOfTools[] = {{"outputSchema", is_object}};
constexpr Optional kOfHints[] = {{"title", is_text},
                                 {"readOnlyHint", is_boolean},
                                 {"destructiveHint", is_boolean},
                                 {"idempotentHint", is_boolean},
                                 {"openWorldHint", is_boolean}};
constexpr Optional kOfExecution[] = {{"taskSupport", is_task_support}};
constexpr Optional kOfAnnotations[] = {
    {"audience", are_roles}, {"priority", is_share}, {"lastModified", is_time}};
constexpr Optional kOfIcons[] = {{"mimeType", is_text}, {"sizes", are_texts}, {"theme", is_theme}};
constexpr Optional kOfArguments[] = {
    {"title", is_text}, {"description", is_text}, {"required", is_boolean}};

std::string kind_word(Value value) {
  if (!value) return "missing";
  switch (value.node().kind) {
    case NodeKind::Object:
      return "an object";
    case NodeKind::Array:
      return "an array";
    case NodeKind::String:
      return "an unusable text";
    case NodeKind::Number:
      return "an unusable number";
    case NodeKind::True:
    case NodeKind::False:
      return "a boolean";
    case NodeKind::Null:
      return "null";
  }
  return "";
}

class Mender {
 public:
  explicit Mender(Value item) : item_(item) {}

  MendedItem run(ItemKind kind) {
    folded_keys(item_, "", kItemKeys);
    folded_keys(item_.find("annotations"), "annotations.", kAnnotationKeys);
    optional(item_, "", kOfAll);
    icons();
    switch (kind) {
      case ItemKind::Tool:
        tool();
        break;
      case ItemKind::Prompt:
        arguments();
        break;
      case ItemKind::Resource:
        resource("uri");
        break;
      case ItemKind::Template:
        resource("uriTemplate");
        break;
    }
    if (!edits_.empty() && out_.fault.empty()) out_.text = edits_.apply(item_);
    return std::move(out_);
  }

 private:
  void note(const std::string& place, const std::string& what) {
    if (out_.changes.size() < kMostChanges)
      out_.changes.push_back(place.substr(0, kLongestPlace) + what);
  }
  void fault(std::string why) {
    if (out_.fault.empty()) out_.fault = std::move(why);
  }
  void leave_out(Value member, const std::string& place) {
    note(place, " is " + kind_word(member) + " and is left out");
    edits_.drop(member);
  }
  void put(Value value, const std::string& place, std::string raw) {
    note(place, " is " + kind_word(value) + " and becomes " + raw);
    edits_.replace(value, std::move(raw));
  }

  /// Drops members whose keys equal a known key only after folding (base/fold.h), because programs
  /// that fold keys would read a different item than the gate.
  template <size_t N>
  void folded_keys(Value object, const std::string& place, const std::string_view (&names)[N]) {
    if (!object.is_object()) return;
    for (const Value member : object) {
      const auto is_named = [member](std::string_view name) { return member.key_is(name); };
      if (std::any_of(std::begin(names), std::end(names), is_named)) continue;
      const std::string key = folded(member.key());
      for (const std::string_view name : names) {
        if (!equal_ascii_folded(name, key)) continue;
        note(place + member.key(),
             " is read as \"" + std::string(name) + "\" by some programs and is left out");
        edits_.drop(member);
        break;
      }
    }
  }

  template <size_t N>
  void optional(Value object, const std::string& place, const Optional (&members)[N]) {
    for (const Optional& each : members) {
      const Value member = object.find(each.key);
      if (member && !each.fits(member)) leave_out(member, place + std::string(each.key));
    }
  }

  /// Checks the optional member `key`, which is an object, and the members of this object.
  template <size_t N>
  void group(std::string_view key, const Optional (&members)[N]) {
    const Value object = item_.find(key);
    if (!object) return;
    const std::string place(key);
    if (!object.is_object()) return leave_out(object, place);
    optional(object, place + ".", members);
  }

  void icons() {
    const Value icons = item_.find("icons");
    if (!icons) return;
    if (!icons.is_array()) return leave_out(icons, "icons");
    for (const Value icon : icons) {
      if (icon.find("src").is_string())
        optional(icon, "icons.", kOfIcons);
      else
        leave_out(icon, "an icon without src");
    }
  }

  void resource(std::string_view key) {
    optional(item_, "", kOfResources);
    group("annotations", kOfAnnotations);
    const Value name = item_.find("name");
    if (name.is_string()) return;
    note("name", " is " + kind_word(name) + " and becomes the " + std::string(key));
    if (name)
      edits_.replace(name, std::string(item_.find(key).raw()));
    else
      edits_.add(item_, "name", std::string(item_.find(key).raw()));
  }

  void arguments() {
    const Value all = item_.find("arguments");
    if (!all) return;
    const bool nothing = all.is(NodeKind::Null) || (all.is_object() && !(all.begin() != all.end()));
    if (nothing) return leave_out(all, "arguments");
    if (!all.is_array())
      return fault("the prompt's arguments are " + kind_word(all) + ", not an array");
    for (const Value each : all) {
      if (each.is(NodeKind::Null))
        leave_out(each, "an argument");
      else if (!each.find("name").is_string())
        return fault("one of the prompt's arguments has no name");
      else
        optional(each, "arguments.", kOfArguments);
    }
  }

  void tool() {
    optional(item_, "", kOfTools);
    group("annotations", kOfHints);
    group("execution", kOfExecution);
    const Value schema = item_.find("inputSchema");
    if (is_empty_array(schema)) return put(schema, "inputSchema", R"({"type":"object"})");
    if (!schema.is_object()) return fault("its inputSchema is " + kind_word(schema));
    input(schema);
    // The item keeps the output schema, because some clients do not compile it.
    const Value output = item_.find("outputSchema");
    if (!output.is_object() || !output.find("type").text_is("object")) return;
    if (const std::string why = output_schema_fault(output); !why.empty())
      note("outputSchema",
           " is left out for older clients, which could not compile this schema: " + why);
  }

  void input(Value schema) {
    const Value type = schema.find("type");
    if (!type) {
      note("inputSchema.type", R"( is missing and becomes "object")");
      edits_.add(schema, "type", R"("object")");
    } else if (!type.text_is("object")) {
      put(type, "inputSchema.type", R"("object")");
    }
    if (const Value dialect = schema.find("$schema"); dialect && !dialect.is_string())
      leave_out(dialect, "inputSchema.$schema");
    required(schema.find("required"));
    properties(schema.find("properties"));
    for (const Value member : schema) {
      if (!member.key_is("type") && !member.key_is("$schema") && !member.key_is("required") &&
          !member.key_is("properties"))
        numbers(member);
    }
  }

  void required(Value names) {
    if (!names) return;
    if (!names.is_array()) return leave_out(names, "inputSchema.required");
    for (const Value name : names)
      if (!name.is_string()) leave_out(name, "an element of inputSchema.required");
  }

  void properties(Value all) {
    if (!all) return;
    const std::string place = "inputSchema.properties";
    if (all.is(NodeKind::Null)) return leave_out(all, place);
    if (is_empty_array(all)) return put(all, place, "{}");
    if (!all.is_object()) return fault("its inputSchema.properties is " + kind_word(all));
    for (const Value each : all) {
      if (each.is_object())
        numbers(each);
      else  // as a schema, `{"not":{}}` means the same as `false`, but it is an object
        put(each, place + "." + each.key(), each.is(NodeKind::False) ? R"({"not":{}})" : "{}");
    }
  }

  /// Replaces numbers that are too large for a double, such as 1e999. JSON readers turn such
  /// numbers into Infinity, which no schema accepts.
  void numbers(Value value) {
    const auto& nodes = value.message().nodes();
    for (uint32_t i = value.index(); i < value.node().next; ++i) {
      if (nodes[i].kind != NodeKind::Number) continue;
      const Value number(value.message(), i);
      // A number of fewer than 300 characters without an exponent always fits into a double.
      const std::string_view raw = number.raw();
      if (raw.size() < 300 && raw.find_first_of("eE") == std::string_view::npos) continue;
      if (number.number()) continue;
      put(number, "a number of inputSchema",
          (raw.front() == '-' ? "-" : "") + std::string(kLargestDouble));
    }
  }

  static bool is_empty_array(Value value) {
    return value.is_array() && !(value.begin() != value.end());
  }

  Value item_;
  Edits edits_;
  MendedItem out_;
};

// If several members have the same key, drops all except the last. Most JSON readers use the last
// one, and the gate must decide about the same item as these readers.
class Repeated {
 public:
  std::string without(Value item) {
    visit(item);
    return edits_.empty() ? "" : edits_.apply(item);
  }

 private:
  void visit(Value value) {
    std::vector<Value> kept;
    for (const Value child : value) kept.push_back(child);
    if (value.is_object()) {
      std::unordered_set<std::string> keys;
      for (auto member = kept.rbegin(); member != kept.rend(); ++member) {
        if (keys.insert(member->key()).second) continue;
        edits_.drop(*member);
        *member = Value();
      }
    }
    for (const Value child : kept)
      if (child) visit(child);
  }

  Edits edits_;
};

}  // namespace

MendedItem mend_item(ItemKind kind, Value item) {
  if (item.message().duplicates() > 0 && item.is_object()) {
    if (std::string once = Repeated().without(item); !once.empty()) {
      const auto message =
          Walker({.bytes = once.size(), .depth = kDeepest, .nodes = once.size()}).walk(once);
      if (!message) return {.fault = "the item has several members with the same key"};
      MendedItem out = Mender((*message)->root()).run(kind);
      out.changes.insert(out.changes.begin(),
                         "of members with the same key, only the last is kept");
      if (out.text.empty()) out.text = std::move(once);
      return out;
    }
  }
  return Mender(item).run(kind);
}

}  // namespace callgate
