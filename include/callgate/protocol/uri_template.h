// Resource templates: whether a URI could have come from one, and what one becomes with values.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// RFC 6570 read backwards, for routing only: {x} stands for one or more characters without '/',
/// {+x} {/x} {.x} for any run, {?x} {&x} {;x} {#x} for any run or none, literals for themselves.
/// What is longer than 8 KiB, or has more than 128 literals and groups of expressions, never
/// matches.
class UriTemplate {
 public:
  explicit UriTemplate(std::string_view text);
  /// At most literals and groups × length of `uri` steps, which are taken off `steps`. Where they
  /// do not suffice: false, and 0 is left.
  bool matches(std::string_view uri, size_t& steps) const;

 private:
  struct Piece {
    std::string literal;  ///< where it is no expression
    bool expression = false, crosses_slash = false;
    size_t least = 0;  ///< characters
  };
  void add_literal(std::string_view text);
  void add_expression(bool crosses_slash, size_t least);
  bool fits_ends(std::string_view uri) const;

  std::vector<Piece> pieces_;
  size_t least_ = 0;  ///< characters of a URI
  bool usable_ = false;
};

bool template_matches(std::string_view uri_template, std::string_view uri);

using VariableValue = std::function<std::optional<std::string>(std::string_view name)>;
/// RFC 6570 with strings for values, which are put in as they are: nothing is encoded, because
/// rules look at what a server makes of it. An expression none of whose variables has a value
/// stays.
std::string fill_template(std::string_view uri_template, const VariableValue& value_of);

}  // namespace callgate
