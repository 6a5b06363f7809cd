// Compares a rule's pattern with a pair of a server and the name of a tool or prompt.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// What a rule does in doubt: a deny or ask rule (Strict) matches, an allow rule (Lenient) does
/// not.
enum class Side { Strict, Lenient };

/// A pattern in canonical form. Different pairs of a server and a tool may be written in the same
/// way: `a__b__c` is tool `c` of server `a__b`, and also tool `b__c` of server `a`. A Strict
/// pattern matches every pair whose text fits. A Lenient pattern matches only one of these pairs:
/// the part before a `__` must be the server, and the part after it the name. If two configured
/// servers fit literally, the pattern means the server with the longer name.
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

/// Returns `server__name` in the characters that clients accept. Every other character becomes `_`,
/// and a digit or dash at the front gets a `_` before it. Returns "" if the result would equal
/// `joined`, as it does for most names.
std::string in_client_characters(std::string_view joined);

/// Returns the canonical forms of a pattern. There are two forms only if a server is called "mcp"
/// and the pattern begins with `mcp__`: then `mcp` may be the server or the clients' prefix. A
/// Strict rule gets both forms, and a Lenient rule only the pattern as written.
std::vector<std::string> canonical_readings(Side side, std::string_view written,
                                            const std::vector<std::string>& servers);

}  // namespace callgate
