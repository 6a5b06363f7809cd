// Resource templates (RFC 6570): finds out whether a URI can come from a template, and fills a
// template with values.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// Matches URIs against an RFC 6570 template, for routing only. {x} matches one or more characters
/// other than '/'. {+x}, {/x} and {.x} match one or more characters of any kind. {?x}, {&x}, {;x}
/// and {#x} match any number of characters of any kind, or none. A literal matches only itself. A
/// template or URI longer than 8 KiB never matches. A template with more than 128 literals and
/// groups of expressions never matches either.
class UriTemplate {
 public:
  explicit UriTemplate(std::string_view text);
  /// True if the URI matches. Subtracts the number of steps that the function takes from `steps`:
  /// at most (literals + groups of expressions) × the length of `uri`. If `steps` is too small,
  /// sets it to 0 and returns false.
  bool matches(std::string_view uri, size_t& steps) const;

 private:
  struct Piece {
    std::string literal;  ///< empty for an expression
    bool expression = false, crosses_slash = false;
    size_t least = 0;  ///< the least number of characters that the piece matches
  };
  void add_literal(std::string_view text);
  void add_expression(bool crosses_slash, size_t least);
  bool fits_ends(std::string_view uri) const;

  std::vector<Piece> pieces_;
  size_t least_ = 0;  ///< the least number of characters of a URI that matches
  bool usable_ = false;
};

bool template_matches(std::string_view uri_template, std::string_view uri);

using VariableValue = std::function<std::optional<std::string>(std::string_view name)>;
/// Expands an RFC 6570 template with strings as values. Inserts the values without
/// percent-encoding, because rules check the values that a server uses. If no variable of an
/// expression has a value, the expression stays as it is.
std::string fill_template(std::string_view uri_template, const VariableValue& value_of);

}  // namespace callgate
