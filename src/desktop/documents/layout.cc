#include "layout.h"

#include "callgate/wire/message.h"

namespace callgate {

namespace {

std::string written(Value value, const Layout& layout) {
  const bool object = value.is_object();
  if (!object && !value.is_array()) return std::string(value.raw());
  Layout inner = layout.deeper();
  inner.one_line = layout.one_line || !object;
  std::string out;
  for (Value child : value) {
    if (!out.empty()) out += inner.one_line ? ", " : "," + inner.line_end + inner.indent;
    if (object) out += "\"" + std::string(child.raw_key()) + "\": ";
    out += written(child, inner);
  }
  if (out.empty()) return object ? "{}" : "[]";
  if (!object) return "[" + out + "]";
  if (inner.one_line) return "{" + out + "}";
  return "{" + inner.line_end + inner.indent + out + layout.line_end + layout.indent + "}";
}

}  // namespace

std::string laid_out(std::string_view json, const Layout& layout) {
  Walker walker;
  const auto message = walker.walk(std::string(json));
  ENSURE(message.ok());  // we wrote the JSON ourselves, or it was checked before
  return written((*message)->root(), layout);
}

}  // namespace callgate
