// Strings that hold JSON: many servers parse such an argument, so a rule looks at both.
#pragma once

#include <vector>

#include "callgate/wire/message.h"

namespace callgate {

/// One value as servers may see it, most literal first: as it came, then with the strings that hold
/// JSON replaced by what they hold, again and again.
struct JsonReadings {
  std::vector<Value> roots;  ///< at least one; valid while this and the first value's message live
  /// A string that may be JSON for a lenient parser, or is nested or large beyond the limits: in
  /// the last reading an empty object is in its place, which fits no constraint.
  bool undecided = false;
  std::vector<MessagePtr> parsed;
};

/// Prose: whether arguments whose names say that they are text (content, message …) count, too.
enum class Prose { Parsed, Kept };
JsonReadings json_readings(Value value, Prose prose = Prose::Parsed);

/// The text begins and ends as JSON does (white space aside).
bool looks_like_json(std::string_view text);

}  // namespace callgate
