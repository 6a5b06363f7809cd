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

}  // namespace callgate
