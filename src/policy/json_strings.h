// Parses the strings in arguments that hold JSON. Many servers parse such a string, so rules look
// at the string and at its JSON.
#pragma once

#include <vector>

#include "callgate/wire/message.h"

namespace callgate {

/// The ways in which servers may read one value, the most literal first: the value as received,
/// then with each string that holds JSON replaced by that JSON, then with the strings inside this
/// JSON replaced as well, and so on.
struct JsonReadings {
  /// The readings, at least one. Valid as long as this object and the message of the first value.
  std::vector<Value> roots;
  /// True if a string may be JSON for a lenient parser, or is nested too deep or too large. In the
  /// last reading, an empty object replaces this string, because no constraint fits an empty
  /// object.
  bool undecided = false;
  std::vector<MessagePtr> parsed;
};

/// Whether arguments whose names mean text (content, message …) are parsed (Parsed) or left alone
/// (Kept).
enum class Prose { Parsed, Kept };
JsonReadings json_readings(Value value, Prose prose = Prose::Parsed);

/// True if the text begins and ends like JSON (white space aside).
bool looks_like_json(std::string_view text);

}  // namespace callgate
