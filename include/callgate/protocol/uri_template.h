// Resource templates: whether a URI could have come from a template, and what a template becomes
// with values.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// Matches a URI against an RFC 6570 template, for routing only. {x} matches one or more characters
/// without '/', {+x} {/x} {.x} one or more of any characters, {?x} {&x} {;x} {#x} any number of
/// characters, and a literal only itself. A template or URI longer than 8 KiB never matches, nor
/// does a template with more than 128 literals and groups of expressions.
class UriTemplate {
 public:
  explicit UriTemplate(std::string_view text);
  /// Takes at most (literals + groups) × length of `uri` steps and subtracts them from `steps`. If
  /// `steps` does not suffice, sets it to 0 and returns false.
  bool matches(std::string_view uri, size_t& steps) const;

 private:
  struct Piece {
    std::string literal;  ///< empty for an expression
    bool expression = false, crosses_slash = false;
    size_t least = 0;  ///< characters that it matches at least
  };
  void add_literal(std::string_view text);
  void add_expression(bool crosses_slash, size_t least);
  bool fits_ends(std::string_view uri) const;

  std::vector<Piece> pieces_;
  size_t least_ = 0;  ///< characters that a matching URI has at least
  bool usable_ = false;
};

bool template_matches(std::string_view uri_template, std::string_view uri);

using VariableValue = std::function<std::optional<std::string>(std::string_view name)>;
/// Expands an RFC 6570 template with strings as values. Values are inserted without encoding,
/// because rules check what a server makes of them. An expression of which no variable has a value
/// stays as it is.
std::string fill_template(std::string_view uri_template, const VariableValue& value_of);

}  // namespace callgate
