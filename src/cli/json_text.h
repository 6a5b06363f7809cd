// JSON that came from elsewhere, spelled for people or for one line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "callgate/wire/message.h"

namespace callgate {

/// About how many tokens of a model these bytes of JSON are: four bytes each, as is usual for
/// English.
size_t tokens(size_t bytes);
/// Scalars keep their own spelling.
std::string compact(Value value);
/// Two blanks a level, `indent` levels from the start; empty objects and arrays on one line.
std::string pretty(Value value, size_t indent);

/// Reads texts of the record; one thread.
class JsonReader {
 public:
  JsonReader();
  /// Null when the text is not JSON: bodies that were cut are not.
  MessagePtr read(std::string_view text);
  /// `text` on one line, or as a JSON string when it is not JSON. "null" for nothing.
  std::string one_line(std::string_view text);
  /// For people: pretty, or the text as it is.
  std::string for_people(std::string_view text, size_t indent);

 private:
  Walker walker_;
};

}  // namespace callgate
