#include "json_text.h"

#include "callgate/wire/writer.h"
#include "terminal.h"

namespace callgate {

namespace {

void start_line(std::string& out, size_t indent) {
  out += '\n';
  out.append(2 * indent, ' ');
}

/// Appends the value to `out` as JSON, indented from level `indent`. If `indent` is empty, writes
/// one line.
void append(Value value, std::optional<size_t> indent, std::string& out) {
  if (!value.is_object() && !value.is_array()) {
    out += value.raw();
    return;
  }
  const std::optional<size_t> inner = indent ? std::optional(*indent + 1) : std::nullopt;
  out += value.is_object() ? '{' : '[';
  bool first = true;
  for (const Value child : value) {
    if (!first) out += ',';
    first = false;
    if (inner) start_line(out, *inner);
    if (value.is_object()) {
      out += '"';
      out += child.raw_key();
      out += inner ? "\": " : "\":";
    }
    append(child, inner, out);
  }
  if (!first && indent) start_line(out, *indent);
  out += value.is_object() ? '}' : ']';
}

}  // namespace

size_t tokens(size_t bytes) { return (bytes + 3) / 4; }

std::string compact(Value value) {
  std::string out;
  append(value, std::nullopt, out);
  return out;
}

std::string pretty(Value value, size_t indent) {
  std::string out(2 * indent, ' ');
  append(value, indent, out);
  return out;
}

JsonReader::JsonReader()
    : walker_(WalkLimits{.bytes = size_t{128} << 20, .depth = 1100, .nodes = 10'100'000}) {}

MessagePtr JsonReader::read(std::string_view text) {
  const Result<MessagePtr> message = walker_.walk(std::string(text));
  return message ? *message : nullptr;
}

std::string JsonReader::one_line(std::string_view text) {
  if (text.empty()) return "null";
  const MessagePtr message = read(text);
  return message ? compact(message->root()) : quote(text);
}

std::string JsonReader::for_people(std::string_view text, size_t indent) {
  const MessagePtr message = read(text);
  if (message) return visible(pretty(message->root(), indent), Lines::Kept);
  return std::string(2 * indent, ' ') + visible(text, Lines::Escaped);
}

}  // namespace callgate
