// Writes JSON text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// Writes JSON text from values, in the order of the calls; adds commas and colons itself. The
/// caller must end each object and array that it begins; take() checks this with ENSURE.
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view key);
  /// Writes a string. Bytes that are not UTF-8 become U+FFFD.
  JsonWriter& string(std::string_view text);
  /// Writes an array of strings.
  JsonWriter& strings(const std::vector<std::string>& texts);
  JsonWriter& integer(int64_t value);
  JsonWriter& number(double value);  ///< writes null for a value that is not finite
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  /// Writes `json`, which is JSON text, unchanged.
  JsonWriter& raw(std::string_view json);
  std::string take();

 private:
  void separate();
  std::string out_;
  std::vector<bool> has_items_;
  bool after_key_ = false;
};

/// Returns `text` as a JSON string token with its quotes. The token has no character at which a
/// program would end a line (see TextOf).
std::string quote(std::string_view text);

}  // namespace callgate
