#include "reference_json.h"

#include <cstdint>
#include <cstdio>

namespace reference {

namespace {

constexpr int kDeepest = 2000;

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  std::optional<Json> whole() {
    Json value;
    if (!take(value, 0)) return std::nullopt;
    blanks();
    if (at_ != text_.size()) return std::nullopt;
    return value;
  }

 private:
  bool has(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  void blanks() {
    while (has(' ') || has('\t') || has('\n') || has('\r')) {
    }
  }
  bool word(std::string_view wanted) {
    if (text_.substr(at_, wanted.size()) != wanted) return false;
    at_ += wanted.size();
    return true;
  }

  bool take(Json& to, int depth) {
    if (depth > kDeepest) return false;
    blanks();
    if (has('{')) return object(to, depth);
    if (has('[')) return list(to, depth);
    if (has('"')) {
      to.kind = Json::Kind::Text;
      return string(to.text);
    }
    for (const std::string_view flag : {"true", "false"}) {
      if (!word(flag)) continue;
      to.kind = Json::Kind::Flag;
      to.text = flag;
      return true;
    }
    return word("null") || number(to);
  }

  bool object(Json& to, int depth) {
    to.kind = Json::Kind::Object;
    blanks();
    if (has('}')) return true;
    do {
      blanks();
      auto& [key, value] = to.members.emplace_back();
      if (!has('"') || !string(key)) return false;
      blanks();
      if (!has(':') || !take(value, depth + 1)) return false;
      blanks();
    } while (has(','));
    return has('}');
  }

  bool list(Json& to, int depth) {
    to.kind = Json::Kind::List;
    blanks();
    if (has(']')) return true;
    do {
      if (!take(to.items.emplace_back(), depth + 1)) return false;
      blanks();
    } while (has(','));
    return has(']');
  }

  bool digits() {
    const size_t begin = at_;
    while (at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') ++at_;
    return at_ > begin;
  }
  bool number(Json& to) {
    const size_t begin = at_;
    has('-');
    if (!has('0') && !digits()) return false;
    if (has('.') && !digits()) return false;
    if (has('e') || has('E')) {
      if (!has('+')) has('-');
      if (!digits()) return false;
    }
    to.kind = Json::Kind::Number;
    to.text = text_.substr(begin, at_ - begin);
    return true;
  }

  int quad() {
    int value = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = at_ < text_.size() ? text_[at_++] : '?';
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return -1;
      value = value * 16 + digit;
    }
    return value;
  }
  static void put(std::string& to, uint32_t c) {
    if (c >= 0xD800 && c < 0xE000) c = 0xFFFD;
    const auto byte = [&to](uint32_t value) { to += static_cast<char>(value); };
    if (c < 0x80) return byte(c);
    if (c < 0x800) return byte(0xC0 | c >> 6), byte(0x80 | (c & 0x3F));
    if (c < 0x10000)
      return byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F));
    byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 0x3F));
    byte(0x80 | (c >> 6 & 0x3F)), byte(0x80 | (c & 0x3F));
  }
  bool unicode(std::string& to) {
    const int first = quad();
    if (first < 0) return false;
    if (first >= 0xD800 && first < 0xDC00 && text_.substr(at_, 2) == "\\u") {
      const size_t back = at_;
      at_ += 2;
      const int second = quad();
      if (second < 0) return false;
      if (second >= 0xDC00 && second < 0xE000) {
        put(to, 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00));
        return true;
      }
      at_ = back;
    }
    put(to, static_cast<uint32_t>(first));
    return true;
  }
  bool escape(std::string& to) {
    constexpr std::string_view kNames = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
    if (at_ >= text_.size()) return false;
    const char c = text_[at_++];
    if (c == 'u') return unicode(to);
    const size_t found = kNames.find(c);
    if (found == std::string_view::npos) return false;
    to += kMeant[found];
    return true;
  }
  bool string(std::string& to) {
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') return true;
      if (static_cast<unsigned char>(c) < 0x20) return false;
      if (c != '\\')
        to += c;
      else if (!escape(to))
        return false;
    }
    return false;
  }

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace

std::optional<Json> parse(std::string_view text) { return Reader(text).whole(); }

std::string quoted(std::string_view text) {
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

std::string written(const Json& value) {
  std::string out;
  switch (value.kind) {
    case Json::Kind::Null:
      return "null";
    case Json::Kind::Flag:
    case Json::Kind::Number:
      return value.text;
    case Json::Kind::Text:
      return quoted(value.text);
    case Json::Kind::List:
      for (const Json& item : value.items) out += (out.empty() ? "[" : ",") + written(item);
      return (out.empty() ? "[" : out) + "]";
    case Json::Kind::Object:
      for (const auto& [key, member] : value.members)
        out += (out.empty() ? "{" : ",") + quoted(key) + ":" + written(member);
      return (out.empty() ? "{" : out) + "}";
  }
  return out;
}

}  // namespace reference
