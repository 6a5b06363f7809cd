// How a rule's pattern names a (server, name) pair.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// Which way doubt falls: deny and ask rules match when in doubt, allow rules don't.
enum class Side { Strict, Lenient };

/// One pattern in canonical form. `a__b` + `c` and `a` + `b__c` are written alike; a Strict pattern
/// matches whatever is written as it says, a Lenient one only the pair that it means: its part
/// before a `__` names the server, its part behind the name, and where two configured servers would
/// fit literally, the longer one is meant.
class NamePattern {
 public:
  NamePattern(std::string text, const std::vector<std::string>& servers);

  const std::string& text() const { return text_; }
  bool literal() const { return literal_length_ == text_.size(); }
  /// Some name of that server could match.
  bool could_name(std::string_view server) const;
  /// `joined` is `server__name`.
  bool matches(Side side, std::string_view server, std::string_view name,
               std::string_view joined) const;

 private:
  struct Split {
    std::string server, name;
  };
  std::string text_;
  size_t literal_length_;      // up to the first wildcard
  std::vector<Split> splits_;  // empty: no `__`, so the text alone counts
};

/// `server__name` in the characters that clients take: others are `_`, and one is in front of a
/// digit or a dash. Empty where that is what `joined` says already, as for most.
std::string in_client_characters(std::string_view joined);

/// A pattern as written and what it stands for. More than one only when a server is called "mcp"
/// and both readings of `mcp__x__y` make sense; then the Lenient side keeps the literal one.
std::vector<std::string> canonical_readings(Side side, std::string_view written,
                                            const std::vector<std::string>& servers);

}  // namespace callgate
