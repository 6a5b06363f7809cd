// Finds the id in a line that is not valid JSON. Stops reading where it is no longer certain which
// brackets and strings the line has.
#include <algorithm>

#include "callgate/base/ascii.h"
#include "callgate/wire/message.h"
#include "callgate/wire/utf8.h"
#include "peer_text.h"
#include "text.h"

namespace callgate {

namespace {

constexpr size_t kNone = std::string_view::npos;

class Salvager {
 public:
  explicit Salvager(std::string_view line) : text_(line) {}

  /// Reads until the root object ends or the structure of the rest is not certain. Returns the id
  /// if the id is certain.
  std::optional<std::string> run() {
    if (!skip('{')) return std::nullopt;
    while (member()) {
    }
    if (closed_ && peek() != '\0') return std::nullopt;
    return in_doubt_ ? std::nullopt : id_;
  }

 private:
  char peek() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool skip(char c) {
    if (peek() != c) return false;
    ++at_;
    return true;
  }

  /// Reads one member of the root object. Returns false if reading must stop.
  bool member() {
    if (skip('}')) return close();
    const auto key = string();
    if (!key || !skip(':')) return false;
    const bool odd_key = bad_escape(*key) != kNone;
    std::string name;
    if (!odd_key) append_unescaped(name, *key);
    if (odd_key || (name == "id" && !take_id())) return doubt();
    if (name != "id" && !value()) return false;
    if (skip(',')) return true;
    return skip('}') && close();
  }

  bool close() {
    closed_ = true;
    return false;
  }
  bool doubt() {
    in_doubt_ = true;
    return false;
  }

  /// Reads a string and returns the bytes between its quotes. Escapes are not checked; they are
  /// only skipped to find the closing quote.
  std::optional<std::string_view> string() {
    if (peek() != '"') return std::nullopt;
    const size_t begin = at_ + 1;
    for (size_t i = begin; i < text_.size(); ++i) {
      if (text_[i] == '\\') {
        ++i;
      } else if (text_[i] == '"') {
        at_ = i + 1;
        return text_.substr(begin, i - begin);
      }
    }
    at_ = text_.size();
    return std::nullopt;
  }

  /// Reads the id. Accepts only a complete token, after which a comma or a brace follows.
  bool take_id() {
    const char c = peek();
    const size_t begin = at_;
    if (c == '"') {
      const auto inside = string();
      if (!inside || bad_escape(*inside) != kNone || bad_utf8(*inside) != kNone) return false;
      if (std::any_of(inside->begin(), inside->end(),
                      [](char b) { return static_cast<unsigned char>(b) < 0x20; }))
        return false;
    } else {
      at_ = number_end(text_, begin);
    }
    const std::string_view token = text_.substr(begin, at_ - begin);
    if (token.empty() || (c != '"' && token.find_first_of(".eE") != kNone)) return false;
    if ((peek() != ',' && peek() != '}') || id_) return false;
    id_ = escaped_separators(token);  // the id is sent to the peer in an answer: see TextOf
    return true;
  }

  /// Skips a value, even an invalid one, up to the comma or bracket after it.
  bool value() {
    std::string closers;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (closers.empty() && (c == ',' || c == '}')) return true;
      if (c == '"') {
        if (!string()) return false;
        continue;
      }
      if (c == '{' || c == '[') closers += c == '{' ? '}' : ']';
      if (c == '}' || c == ']') {
        if (closers.empty() || closers.back() != c) return false;
        closers.pop_back();
      }
      ++at_;
    }
    return false;
  }

  const std::string_view text_;
  size_t at_ = 0;
  std::optional<std::string> id_;
  bool closed_ = false, in_doubt_ = false;
};

}  // namespace

std::optional<std::string> salvage_id(std::string_view line) { return Salvager(line).run(); }

}  // namespace callgate
