#include "slices.h"

#include <charconv>
#include <cstdint>
#include <cstdio>

namespace fake {

namespace {

size_t skip_space(std::string_view s, size_t at) {
  while (at < s.size() && (s[at] == ' ' || s[at] == '\t' || s[at] == '\r' || s[at] == '\n')) ++at;
  return at;
}

size_t skip_string(std::string_view s, size_t at) {
  for (++at; at < s.size() && s[at] != '"'; ++at) {
    if (s[at] == '\\') ++at;
  }
  return at < s.size() ? at + 1 : s.size();
}

/// Returns the offset after the value that begins at `at`.
size_t skip_value(std::string_view s, size_t at) {
  if (at >= s.size()) return s.size();
  if (s[at] == '"') return skip_string(s, at);
  if (s[at] != '{' && s[at] != '[') {
    while (at < s.size() && s[at] != ',' && s[at] != '}' && s[at] != ']' && s[at] != ' ') ++at;
    return at;
  }
  size_t depth = 0;
  while (at < s.size()) {
    if (s[at] == '"') {
      at = skip_string(s, at);
      continue;
    }
    if (s[at] == '{' || s[at] == '[') ++depth;
    if ((s[at] == '}' || s[at] == ']') && --depth == 0) return at + 1;
    ++at;
  }
  return at;
}

void put_utf8(std::string& out, uint32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | c >> 6);
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xe0 | c >> 12);
    out += static_cast<char>(0x80 | (c >> 6 & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

}  // namespace

std::string_view member(std::string_view object, std::string_view key) {
  size_t at = skip_space(object, 0);
  if (at >= object.size() || object[at] != '{') return {};
  at = skip_space(object, at + 1);
  while (at < object.size() && object[at] == '"') {
    const size_t key_end = skip_string(object, at);
    const std::string_view found = object.substr(at + 1, key_end - at - 2);
    at = skip_space(object, skip_space(object, key_end) + 1);
    const size_t end = skip_value(object, at);
    if (found == key) return object.substr(at, end - at);
    at = skip_space(object, skip_space(object, end) + 1);
  }
  return {};
}

std::string_view at(std::string_view object, std::string_view path) {
  while (!path.empty()) {
    const size_t dot = path.find('.');
    object = member(object, path.substr(0, dot));
    path = dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1);
  }
  return object;
}

std::vector<std::string_view> elements(std::string_view array) {
  std::vector<std::string_view> all;
  if (array.empty() || array[0] != '[') return all;
  size_t at = skip_space(array, 1);
  while (at < array.size() && array[at] != ']') {
    const size_t end = skip_value(array, at);
    all.push_back(array.substr(at, end - at));
    at = skip_space(array, skip_space(array, end) + 1);
  }
  return all;
}

std::string text(std::string_view token) {
  if (token.size() < 2 || token[0] != '"') return std::string(token);
  token = token.substr(1, token.size() - 2);
  std::string out;
  for (size_t i = 0; i < token.size(); ++i) {
    if (token[i] != '\\' || i + 1 >= token.size()) {
      out += token[i];
      continue;
    }
    const char c = token[++i];
    if (c == 'u' && i + 4 < token.size()) {
      uint32_t code = 0;
      std::from_chars(token.data() + i + 1, token.data() + i + 5, code, 16);
      put_utf8(out, code);
      i += 4;
    } else {
      out += c == 'n'   ? '\n'
             : c == 't' ? '\t'
             : c == 'r' ? '\r'
             : c == 'b' ? '\b'
             : c == 'f' ? '\f'
                        : c;
    }
  }
  return out;
}

long number(std::string_view token, long fallback) {
  long value = fallback;
  const auto read = std::from_chars(token.data(), token.data() + token.size(), value);
  return read.ec == std::errc{} ? value : fallback;
}

std::string quote(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c));
      out += escape;
    } else {
      out += c;
    }
  }
  return out + '"';
}

std::string base64(std::string_view bytes) {
  static constexpr char kDigits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    const auto byte = [&](size_t k) {
      return k < bytes.size() ? static_cast<unsigned char>(bytes[k]) : 0u;
    };
    const uint32_t three = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
    out += kDigits[three >> 18];
    out += kDigits[three >> 12 & 63];
    out += i + 1 < bytes.size() ? kDigits[three >> 6 & 63] : '=';
    out += i + 2 < bytes.size() ? kDigits[three & 63] : '=';
  }
  return out;
}

}  // namespace fake
