#include <fmt/core.h>

#include <algorithm>
#include <map>

#include "callgate/base/ascii.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "yaml_text.h"

namespace callgate {

namespace {

/// Writes a string in double quotes. Some characters may appear in YAML only as escapes: U+007F to
/// U+009F, U+FEFF, U+FFFE and U+FFFF. This function escapes these; quote() escapes all other
/// characters that need it.
std::string yaml_quoted(std::string_view text) {
  static const auto& kEscapes = *new std::map<std::string_view, const char*>{
      {"\xEF\xBB\xBF", "\\uFEFF"}, {"\xEF\xBF\xBE", "\\uFFFE"}, {"\xEF\xBF\xBF", "\\uFFFF"}};
  const std::string json = quote(text);
  std::string out;
  for (size_t at = 0; at < json.size(); ++at) {
    const auto here = static_cast<unsigned char>(json[at]);
    const auto found = kEscapes.find(std::string_view(json).substr(at, 3));
    if (here == 0x7F) {
      out += "\\x7F";
    } else if (here == 0xC2 && static_cast<unsigned char>(json[at + 1]) < 0xA0) {
      out += fmt::format("\\x{:02X}", static_cast<unsigned char>(json[++at]));
    } else if (found != kEscapes.end()) {
      out += found->second;
      at += 2;
    } else {
      out += json[at];
    }
  }
  return out;
}

}  // namespace

std::string yaml_key(std::string_view key) {
  const bool plain = !key.empty() &&
                     std::all_of(key.begin(), key.end(),
                                 [](char c) { return is_lower(c) || c == '_' || c == '-'; }) &&
                     key != "true" && key != "false" && key != "null" && key != "yes" &&
                     key != "no" && key != "on" && key != "off" && key != "y" && key != "n" &&
                     key[0] != '-';
  return plain ? std::string(key) : yaml_quoted(key);
}

std::string yaml_value(std::string_view json) {
  // Writes a blank after each colon and comma. With these blanks, JSON is also valid YAML.
  Walker walker;
  const auto message = walker.walk(std::string(json));
  ENSURE(message.ok());  // we wrote this JSON ourselves
  const auto write = [](auto&& self, Value value) -> std::string {
    if (value.is_string()) return yaml_quoted(value.text());
    if (!value.is_object() && !value.is_array()) return std::string(value.raw());
    std::string out;
    for (Value each : value) {
      if (!out.empty()) out += ", ";
      if (value.is_object()) out += yaml_quoted(each.key()) + ": ";
      out += self(self, each);
    }
    return value.is_object() ? "{" + out + "}" : "[" + out + "]";
  };
  return write(write, (*message)->root());
}

}  // namespace callgate
