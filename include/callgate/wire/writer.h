// Writes JSON text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace callgate {

/// Commas and colons are its own business; the caller keeps objects and arrays balanced (CHECKed in
/// take()).
class JsonWriter {
 public:
  JsonWriter& begin_object();
  JsonWriter& end_object();
  JsonWriter& begin_array();
  JsonWriter& end_array();
  JsonWriter& key(std::string_view key);
  /// Bytes that are not UTF-8 become U+FFFD.
  JsonWriter& string(std::string_view text);
  /// An array of them.
  JsonWriter& strings(const std::vector<std::string>& texts);
  JsonWriter& integer(int64_t value);
  JsonWriter& number(double value);  ///< not finite: null
  JsonWriter& boolean(bool value);
  JsonWriter& null();
  /// JSON text as it is.
  JsonWriter& raw(std::string_view json);
  std::string take();

 private:
  void separate();
  std::string out_;
  std::vector<bool> has_items_;
  bool after_key_ = false;
};

/// `text` as a JSON string token with its quotes. No reader of text lines finds a line's end in it
/// (see TextOf).
std::string quote(std::string_view text);

}  // namespace callgate
