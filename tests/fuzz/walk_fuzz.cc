// Compares the walk with simdjson's DOM, another reader with the same first stage. The DOM refuses
// two things that are legal, numbers beyond its types and lone surrogates; both are overwritten in
// place before it reads. Then each must accept what the other accepts, and read the same tree.
#include <simdjson.h>

#include <set>
#include <string>

#include "callgate/wire/message.h"
#include "fuzz.h"

using namespace callgate;

namespace {

using Element = simdjson::dom::element;
using Type = simdjson::dom::element_type;

/// Replaces every \u escape of a surrogate by \u0041.
void flatten_surrogates(std::string& text, size_t begin, size_t end) {
  for (size_t at = text.find('\\', begin); at < end; at = text.find('\\', at + 2)) {
    const bool surrogate =
        text[at + 1] == 'u' && (text[at + 2] | 0x20) == 'd' && text[at + 3] >= '8';
    if (surrogate) text.replace(at + 2, 4, "0041");
  }
}

/// Returns the text without the parts that only the DOM refuses. Every token keeps its place.
std::string flattened(const Message& message) {
  std::string text(message.bytes());
  for (const Node& node : message.nodes()) {
    if (node.key_escaped) flatten_surrogates(text, node.key_begin, node.key_end);
    if (node.escaped) flatten_surrogates(text, node.begin, node.end);
    if (node.kind == NodeKind::Number) {
      text.replace(node.begin, node.end - node.begin, node.end - node.begin, ' ');
      text[node.begin] = '0';
    }
  }
  return text;
}

NodeKind kind_of(Element e) {
  switch (e.type()) {
    case Type::OBJECT:
      return NodeKind::Object;
    case Type::ARRAY:
      return NodeKind::Array;
    case Type::STRING:
      return NodeKind::String;
    case Type::BOOL:
      return e.get_bool().value_unsafe() ? NodeKind::True : NodeKind::False;
    case Type::NULL_VALUE:
      return NodeKind::Null;
    default:
      return NodeKind::Number;
  }
}

/// Checks that the trees are equal. Returns the number of repeated keys.
uint32_t compare(Value value, Element element) {
  ENSURE(value.is(kind_of(element)));
  uint32_t repeated = 0;
  auto child = value.begin();
  if (value.is_object()) {
    std::set<std::string> keys;
    const simdjson::dom::object object = element.get_object().value_unsafe();
    for (const auto field : object) {
      ENSURE(child != value.end());
      ENSURE((*child).key() == field.key);
      ENSURE((*child).key_is(field.key));
      if (!keys.insert(std::string(field.key)).second) ++repeated;
      repeated += compare(*child, field.value);
      ++child;
    }
    for (Value member : value) ENSURE(value.find(member.key()).key() == member.key());
  } else if (value.is_array()) {
    const simdjson::dom::array array = element.get_array().value_unsafe();
    for (const Element item : array) {
      ENSURE(child != value.end());
      repeated += compare(*child, item);
      ++child;
    }
  } else if (value.is_string()) {
    const std::string_view text = element.get_string().value_unsafe();
    ENSURE(value.text() == text);
    ENSURE(value.text_is(text));
  }
  ENSURE(!(child != value.end()));
  return repeated;
}

bool same(const Node& a, const Node& b) {
  return a.begin == b.begin && a.end == b.end && a.key_begin == b.key_begin &&
         a.key_end == b.key_end && a.next == b.next && a.kind == b.kind && a.escaped == b.escaped &&
         a.key_escaped == b.key_escaped;
}

void check_same_nodes(const Message& a, const Message& b) {
  ENSURE(a.nodes().size() == b.nodes().size());
  for (size_t i = 0; i < a.nodes().size(); ++i) ENSURE(same(a.nodes()[i], b.nodes()[i]));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Walker walker;
  const std::string text(reinterpret_cast<const char*>(data), size);
  simdjson::dom::parser parser;
  const auto message = walker.walk(text);
  if (!message) {
    const bool limited = message.error().code == "wire.too_deep";
    // Newer versions of simdjson skip a byte order mark.
    ENSURE(limited || text.starts_with("\xEF\xBB\xBF") ||
           parser.parse(text).error() != simdjson::SUCCESS);
    ENSURE(walker.error_offset() <= size);
    ENSURE(walker.take_refused() == text);
    return 0;
  }
  ENSURE((*message)->bytes() == text);
  const auto again = walker.walk(text);
  ENSURE(again);
  check_same_nodes(**message, **again);
  const auto flat = walker.walk(flattened(**message));
  ENSURE(flat);
  const simdjson::padded_string padded((*flat)->bytes());
  const auto element = parser.parse(padded);
  ENSURE(element.error() == simdjson::SUCCESS);
  ENSURE(compare((*flat)->root(), element.value_unsafe()) == (*flat)->duplicates());
  return 0;
}
