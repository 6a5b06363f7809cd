// Formats JSON that other programs wrote: indented for people, or on one line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "callgate/wire/message.h"

namespace callgate {

/// Estimates how many tokens of a model `bytes` bytes of JSON take: one token for four bytes, which
/// is the usual rate for English.
size_t tokens(size_t bytes);
/// Returns the value as JSON on one line, without blanks. Strings, numbers and literals keep their
/// spelling.
std::string compact(Value value);
/// Returns the value as JSON, indented by two blanks per level, beginning at level `indent`. Empty
/// objects and arrays stay on one line.
std::string pretty(Value value, size_t indent);

/// Reads JSON texts of the record. Not thread-safe.
class JsonReader {
 public:
  JsonReader();
  /// Parses the text. Returns nullptr if the text is not JSON, for example because the record has
  /// only a part of the JSON.
  MessagePtr read(std::string_view text);
  /// Returns `text` as JSON on one line. If `text` is JSON, its value stays the same; if it is
  /// empty, returns "null"; otherwise returns `text` as a JSON string.
  std::string one_line(std::string_view text);
  /// Returns `text` formatted by pretty(), or `text` itself if it is not JSON.
  std::string for_people(std::string_view text, size_t indent);

 private:
  Walker walker_;
};

}  // namespace callgate
