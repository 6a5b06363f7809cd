// Formats JSON of other programs for people, or on one line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "callgate/wire/message.h"

namespace callgate {

/// Estimates how many tokens of a model these bytes of JSON are, at four bytes per token, the usual
/// rate for English.
size_t tokens(size_t bytes);
/// On one line, without blanks. Scalars keep their spelling.
std::string compact(Value value);
/// Indented by two blanks per level, beginning at level `indent`. Empty objects and arrays stay on
/// one line.
std::string pretty(Value value, size_t indent);

/// Reads JSON texts of the record. Not thread-safe.
class JsonReader {
 public:
  JsonReader();
  /// Returns nullptr if the text is not JSON, such as a payload that was cut.
  MessagePtr read(std::string_view text);
  /// Returns `text` on one line, as a JSON string if it is not JSON, and "null" if it is empty.
  std::string one_line(std::string_view text);
  /// Returns the text formatted by pretty(), or unchanged if it is not JSON.
  std::string for_people(std::string_view text, size_t indent);

 private:
  Walker walker_;
};

}  // namespace callgate
