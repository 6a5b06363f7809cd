// Writes TOML, and implements JsonTree, which builds JSON from TOML's statements.
#include <algorithm>

#include "callgate/base/ascii.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "toml.h"

namespace callgate {

namespace {

std::string toml_value_of(Value value) {
  if (value.is_array()) {
    std::string out;
    for (Value each : value) out += (out.empty() ? "" : ", ") + toml_value_of(each);
    return "[" + out + "]";
  }
  if (value.is_object()) {
    std::string out;
    for (Value each : value)
      out += (out.empty() ? "" : ", ") + toml_key(each.key()) + " = " + toml_value_of(each);
    return out.empty() ? "{}" : "{ " + out + " }";
  }
  // For a string: TOML escapes the same characters as JSON, and also DEL.
  if (!value.is_string()) return std::string(value.raw());
  std::string text = quote(value.text());
  for (size_t at; (at = text.find('\x7F')) != std::string::npos;) text.replace(at, 1, "\\u007F");
  return text;
}

}  // namespace

bool is_bare_key_char(char c) { return is_letter_or_digit(c) || c == '_' || c == '-'; }

JsonTree& JsonTree::member(const std::string& key) {
  const auto [found, fresh] = index_.try_emplace(key, members_.size());
  if (fresh) members_.emplace_back(key, JsonTree());
  return members_[found->second].second;
}

bool JsonTree::put(const std::vector<std::string>& path, size_t from, std::string json) {
  if (!value_.empty()) return false;
  if (from < path.size()) return member(path[from]).put(path, from + 1, std::move(json));
  if (!members_.empty()) return false;
  value_ = std::move(json);
  return true;
}

bool JsonTree::open(const std::vector<std::string>& path, size_t from) {
  if (!value_.empty()) return false;
  return from == path.size() || member(path[from]).open(path, from + 1);
}

std::string JsonTree::json() const {
  if (!value_.empty()) return value_;
  std::string out;
  for (const auto& [name, tree] : members_)
    out += (out.empty() ? "" : ",") + quote(name) + ":" + tree.json();
  return "{" + out + "}";
}

std::string toml_key(std::string_view key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), is_bare_key_char);
  return bare ? std::string(key) : quote(key);
}

std::string toml_value(std::string_view json) {
  Walker walker;
  const auto message = walker.walk(std::string(json));
  ENSURE(message.ok());  // we wrote this JSON ourselves
  return toml_value_of((*message)->root());
}

}  // namespace callgate
