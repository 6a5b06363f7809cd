#include "callgate/protocol/uri_template.h"

#include <vector>

namespace callgate {

namespace {

constexpr size_t kLongest = 8192;

struct Piece {
  std::string_view literal;  // when not an expression
  bool expression = false, crosses_slash = false, may_be_empty = false;
};

std::vector<Piece> pieces_of(std::string_view text) {
  std::vector<Piece> pieces;
  while (!text.empty()) {
    const size_t open = text.find('{');
    const size_t close = open == text.npos ? text.npos : text.find('}', open);
    if (close == text.npos) {
      pieces.push_back({text});
      break;
    }
    if (open > 0) pieces.push_back({text.substr(0, open)});
    const char op = close > open + 1 ? text[open + 1] : '\0';
    const bool optional = op == '?' || op == '&' || op == ';' || op == '#';
    const bool wide = optional || op == '+' || op == '/' || op == '.';
    pieces.push_back({{}, true, wide, optional});
    text.remove_prefix(close + 1);
  }
  return pieces;
}

}  // namespace

// Keeps the set of positions in the URI that the pieces so far can have reached: no backtracking.
bool template_matches(std::string_view uri_template, std::string_view uri) {
  if (uri_template.size() > kLongest || uri.size() > kLongest) return false;
  std::vector<char> reached(uri.size() + 1, 0);
  reached[0] = 1;
  for (const Piece& piece : pieces_of(uri_template)) {
    std::vector<char> next(uri.size() + 1, 0);
    bool running = false;
    for (size_t at = 0; at <= uri.size(); ++at) {
      if (!piece.expression) {
        if (reached[at] && uri.substr(at, piece.literal.size()) == piece.literal)
          next[at + piece.literal.size()] = 1;
        continue;
      }
      if (running) next[at] = 1;
      if (reached[at]) {
        running = true;
        if (piece.may_be_empty) next[at] = 1;
      }
      if (at < uri.size() && uri[at] == '/' && !piece.crosses_slash) running = false;
    }
    reached = std::move(next);
  }
  return reached[uri.size()] != 0;
}

namespace {

// One expression without its braces: an operator, and variables with modifiers.
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
