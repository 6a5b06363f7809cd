// Checks the grammar of regular expressions in JavaScript with the flag `u`.
// Source: ECMA-262 2024, 22.2.1 "Patterns".
#include <algorithm>
#include <cstddef>
#include <string_view>

#include "callgate/base/ascii.h"
#include "callgate/protocol/mend.h"

namespace callgate {

namespace {

bool one_of(std::string_view set, char c) { return set.find(c) != std::string_view::npos; }

class Pattern {
 public:
  explicit Pattern(std::string_view text) : rest_(text) {}

  bool is_valid() {
    if (!alternatives(0)) return false;
    return rest_.empty() && highest_reference_ <= groups_;
  }

 private:
  static constexpr int kDeepest = 250;

  bool take(std::string_view text) {
    if (rest_.substr(0, text.size()) != text) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  bool alternatives(int depth) {
    if (depth > kDeepest) return false;
    while (!rest_.empty() && rest_.front() != ')') {
      if (!take("|") && !term(depth)) return false;
    }
    return true;
  }

  bool term(int depth) {
    if (take("^") || take("$") || take("\\b") || take("\\B")) return true;
    if (take("(?=") || take("(?!") || take("(?<=") || take("(?<!")) return group_rest(depth);
    return atom(depth) && quantifier();
  }

  bool atom(int depth) {
    if (take("(?:")) return group_rest(depth);
    if (take("(?<")) {
      ++groups_;
      return name() && group_rest(depth);
    }
    if (take("(?")) return false;
    if (take("(")) {
      ++groups_;
      return group_rest(depth);
    }
    if (take("[")) return character_class();
    if (take("\\")) return escape(false);
    if (one_of("*+?{}])", rest_.front())) return false;
    rest_.remove_prefix(1);
    return true;
  }

  bool group_rest(int depth) { return alternatives(depth + 1) && take(")"); }

  bool name() {
    const size_t end = rest_.find('>');
    if (end == 0 || end == std::string_view::npos || is_digit(rest_.front())) return false;
    const std::string_view text = rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    return std::all_of(text.begin(), text.end(), [](char c) {
      return is_letter_or_digit(c) || c == '_' || c == '$' || (c & 0x80) != 0;
    });
  }

  bool quantifier() {
    if (take("{")) {
      if (!digits()) return false;
      if (take(",")) digits();
      if (!take("}")) return false;
    } else if (!take("*") && !take("+") && !take("?")) {
      return true;
    }
    take("?");
    return true;
  }

  bool digits() {
    const size_t before = rest_.size();
    while (!rest_.empty() && is_digit(rest_.front())) rest_.remove_prefix(1);
    return rest_.size() < before;
  }

  bool hex(size_t count) {
    if (rest_.size() < count || !std::all_of(rest_.begin(), rest_.begin() + count, is_hex_digit))
      return false;
    rest_.remove_prefix(count);
    return true;
  }

  bool braced(bool (*fits)(char)) {
    const size_t end = rest_.find('}');
    if (!take("{") || end == std::string_view::npos || end == 1) return false;
    const bool all = std::all_of(rest_.begin(), rest_.begin() + (end - 1), fits);
    rest_.remove_prefix(end);
    return all;
  }

  /// Reads the part of an escape after its backslash. Sets `set_` to true if the escape matches a
  /// set of characters (\d), and to false if it matches a single character.
  bool escape(bool in_class) {
    set_ = false;
    if (rest_.empty()) return false;
    const char c = rest_.front();
    rest_.remove_prefix(1);
    if (one_of("dDwWsS", c)) return set_ = true;
    if (one_of("fnrtv^$\\.*+?()[]{}|/", c)) return true;
    if (in_class && (c == 'b' || c == '-')) return true;
    if (c == 'c') return !rest_.empty() && is_letter(rest_.front()) && take(rest_.substr(0, 1));
    if (c == '0') return rest_.empty() || !is_digit(rest_.front());
    if (c == 'x') return hex(2);
    if (c == 'u') return !rest_.empty() && rest_.front() == '{' ? braced(is_hex_digit) : hex(4);
    if (c == 'p' || c == 'P') {
      set_ = true;
      return braced([](char x) { return is_letter_or_digit(x) || x == '_' || x == '='; });
    }
    if (in_class) return false;
    if (c == 'k') return take("<") && name();
    return is_digit(c) && reference(c);
  }

  bool reference(char first) {
    size_t number = static_cast<size_t>(first - '0');
    for (; !rest_.empty() && is_digit(rest_.front()) && number < 10'000; rest_.remove_prefix(1))
      number = number * 10 + static_cast<size_t>(rest_.front() - '0');
    highest_reference_ = std::max(highest_reference_, number);
    return true;
  }

  bool class_atom() {
    if (take("\\")) return escape(true);
    set_ = false;
    rest_.remove_prefix(1);
    while (!rest_.empty() && (rest_.front() & 0xC0) == 0x80) rest_.remove_prefix(1);
    return true;
  }

  bool character_class() {
    take("^");
    while (!rest_.empty() && rest_.front() != ']') {
      const std::string_view first = rest_;
      if (!class_atom()) return false;
      const bool first_is_set = set_;
      if (rest_.size() < 2 || rest_[0] != '-' || rest_[1] == ']') continue;
      rest_.remove_prefix(1);
      const std::string_view second = rest_;
      if (!class_atom() || first_is_set || set_) return false;
      const bool plain = first[0] != '\\' && second[0] != '\\';
      if (plain && static_cast<unsigned char>(first[0]) > static_cast<unsigned char>(second[0]))
        return false;
    }
    return take("]");
  }

  std::string_view rest_;
  size_t groups_ = 0, highest_reference_ = 0;
  bool set_ = false;
};

}  // namespace

bool is_javascript_pattern(std::string_view pattern) { return Pattern(pattern).is_valid(); }

}  // namespace callgate
