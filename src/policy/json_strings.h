// Parses the strings in arguments that hold JSON. Many servers parse such strings, so rules look
// both at the string and at the JSON in it.
#pragma once

#include <vector>

#include "callgate/wire/message.h"

namespace callgate {

/// The ways in which servers may read one value. The first reading is the value as received. In the
/// second, each string that holds JSON is replaced by this JSON. In the third, the strings inside
/// this JSON are replaced as well, and so on.
struct JsonReadings {
  /// The readings; there is at least one. They are valid as long as this object and the message of
  /// the first reading exist.
  std::vector<Value> roots;
  /// True if only a lenient parser might read some string as JSON, or if a string is nested too
  /// deep or is too large. In the last reading, an empty object replaces this string, because no
  /// constraint fits an empty object.
  bool undecided = false;
  std::vector<MessagePtr> parsed;
};

/// What is done with arguments whose names mean text (content, message …). Parsed: JSON in them is
/// parsed. Kept: they stay text.
enum class Prose { Parsed, Kept };
JsonReadings json_readings(Value value, Prose prose = Prose::Parsed);

/// True if the text begins and ends like JSON (white space aside).
bool looks_like_json(std::string_view text);

}  // namespace callgate
