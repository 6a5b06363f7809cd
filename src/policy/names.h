// Compares a rule's pattern with a pair of server and name.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// What happens in doubt: deny and ask rules (Strict) match, allow rules (Lenient) don't.
enum class Side { Strict, Lenient };

/// A pattern in canonical form. The pairs `a__b` + `c` and `a` + `b__c` are written alike. A Strict
/// pattern matches every pair whose text fits. A Lenient pattern matches only the pair that it
/// means: the part before a `__` is the server and the part after it is the name; if two configured
/// servers fit literally, the longer one is meant.
class NamePattern {
 public:
  NamePattern(std::string text, const std::vector<std::string>& servers);

  const std::string& text() const { return text_; }
  bool literal() const { return literal_length_ == text_.size(); }
  /// True if some name of that server could match.
  bool could_name(std::string_view server) const;
  /// `joined` is `server__name`.
  bool matches(Side side, std::string_view server, std::string_view name,
               std::string_view joined) const;

 private:
  struct Split {
    std::string server, name;
  };
  std::string text_;
  size_t literal_length_;      // bytes before the first wildcard
  std::vector<Split> splits_;  // if empty, there is no `__` and the text alone counts
};

/// Returns `server__name` in the characters that clients accept: `_` replaces every other
/// character, and goes in front of a leading digit or dash. Returns "" if that is the same as
/// `joined`, which is most common.
std::string in_client_characters(std::string_view joined);

/// Returns the canonical forms of a pattern. There are two only for a Strict rule, when a server is
/// called "mcp" and both readings of `mcp__x__y` make sense; the Lenient side keeps the literal
/// one.
std::vector<std::string> canonical_readings(Side side, std::string_view written,
                                            const std::vector<std::string>& servers);

}  // namespace callgate
