#include "callgate/protocol/uri_template.h"

#include <algorithm>

namespace callgate {

namespace {

constexpr size_t kLongest = 8192;
constexpr size_t kMostPieces = 128;

}  // namespace

UriTemplate::UriTemplate(std::string_view text) {
  if (text.size() > kLongest) return;
  usable_ = true;
  while (!text.empty()) {
    const size_t open = text.find('{');
    const size_t close = open == text.npos ? text.npos : text.find('}', open);
    if (close == text.npos) {
      add_literal(text);
      break;
    }
    if (open > 0) add_literal(text.substr(0, open));
    const char op = close > open + 1 ? text[open + 1] : '\0';
    const bool optional = op == '?' || op == '&' || op == ';' || op == '#';
    const bool wide = optional || op == '+' || op == '/' || op == '.';
    add_expression(wide, optional ? 0 : 1);
    text.remove_prefix(close + 1);
  }
  usable_ = pieces_.size() <= kMostPieces;
}

void UriTemplate::add_literal(std::string_view text) {
  least_ += text.size();
  pieces_.push_back({std::string(text)});
}

/// Adds an expression. A group of adjacent expressions, without a literal between them, becomes at
/// most three pieces: a piece that matches no slash, then a piece that may match slashes, then
/// again a piece that matches no slash.
void UriTemplate::add_expression(bool crosses_slash, size_t least) {
  least_ += least;
  const auto run_at = [this](size_t back) {
    return pieces_.size() >= back && pieces_[pieces_.size() - back].expression;
  };
  if (run_at(1) && pieces_.back().crosses_slash == crosses_slash) {
    pieces_.back().least += least;
    return;
  }
  if (crosses_slash && run_at(1) && run_at(2)) {
    // The previous piece is between two pieces that may match slashes. All three become one piece
    // that may match slashes.
    least += pieces_.back().least;
    pieces_.pop_back();
    pieces_.back().least += least;
    return;
  }
  pieces_.push_back({"", true, crosses_slash, least});
}

bool UriTemplate::fits_ends(std::string_view uri) const {
  if (!usable_ || uri.size() > kLongest || uri.size() < least_) return false;
  if (pieces_.empty()) return uri.empty();
  return uri.starts_with(pieces_.front().literal) && uri.ends_with(pieces_.back().literal);
}

// Goes through the pieces once, without backtracking. After each piece, `reached` marks all
// positions in the URI at which a match of all pieces up to this piece can end.
bool UriTemplate::matches(std::string_view uri, size_t& steps) const {
  if (!fits_ends(uri)) return false;
  std::vector<char> reached(uri.size() + 1, 0), next(uri.size() + 1, 0);
  reached[0] = 1;
  size_t first = 0, last = 0;  // all reached positions are in this range
  for (const Piece& piece : pieces_) {
    const size_t length = piece.expression ? uri.size() + 1 - first
                                           : (last + 1 - first) * (1 + piece.literal.size() / 64);
    if (steps <= length) {
      steps = 0;
      return false;
    }
    steps -= length;
    size_t new_first = uri.size() + 1, new_last = 0;
    const auto reach = [&](size_t at) {
      next[at] = 1;
      new_first = std::min(new_first, at);
      new_last = std::max(new_last, at);
    };
    if (piece.expression) {
      // The first reached position from which a match of this piece can end at `at`.
      size_t start = uri.npos;
      for (size_t at = first; at <= uri.size(); ++at) {
        if (at > first && !piece.crosses_slash && uri[at - 1] == '/') start = uri.npos;
        if (start == uri.npos && at <= last && reached[at]) start = at;
        if (start != uri.npos && at - start >= piece.least) reach(at);
      }
    } else {
      for (size_t at = first; at <= last; ++at)
        if (reached[at] && uri.substr(at).starts_with(piece.literal))
          reach(at + piece.literal.size());
    }
    if (new_first > uri.size()) return false;
    std::fill(reached.begin() + static_cast<std::ptrdiff_t>(first),
              reached.begin() + static_cast<std::ptrdiff_t>(last) + 1, 0);
    reached.swap(next);
    first = new_first;
    last = new_last;
  }
  return last == uri.size();
}

bool template_matches(std::string_view uri_template, std::string_view uri) {
  size_t steps = kMostPieces * (kLongest + 1);
  return UriTemplate(uri_template).matches(uri, steps);
}

namespace {

// Expands one expression. `inside` is the text between its braces: an operator, and variables with
// modifiers.
std::string filled_expression(std::string_view inside, const VariableValue& value_of) {
  constexpr std::string_view kOperators = "+#./;?&";
  const bool has_operator = !inside.empty() && kOperators.find(inside.front()) != inside.npos;
  const char op = has_operator ? inside.front() : '\0';
  if (has_operator) inside.remove_prefix(1);
  const bool named = op == ';' || op == '?' || op == '&';
  const char between = op == '\0' || op == '+' || op == '#' ? ',' : op == '?' ? '&' : op;
  std::string out;
  while (!inside.empty()) {
    const std::string_view one = inside.substr(0, inside.find(','));
    inside.remove_prefix(one.size() < inside.size() ? one.size() + 1 : one.size());
    const std::string_view name = one.substr(0, one.find_first_of(":*"));
    const std::optional<std::string> value = value_of(name);
    if (!value) continue;
    if (!out.empty())
      out += between;
    else if (op != '\0' && op != '+')
      out += op;
    if (named) out.append(name).append("=");
    out += *value;
  }
  return out;
}

}  // namespace

std::string fill_template(std::string_view text, const VariableValue& value_of) {
  std::string out;
  while (!text.empty()) {
    const size_t open = text.find('{');
    const size_t close = open == text.npos ? text.npos : text.find('}', open);
    if (close == text.npos) break;
    const std::string filled = filled_expression(text.substr(open + 1, close - open - 1), value_of);
    out += text.substr(0, open);
    out += filled.empty() ? text.substr(open, close - open + 1) : std::string_view(filled);
    text.remove_prefix(close + 1);
  }
  return out.append(text);
}

}  // namespace callgate
