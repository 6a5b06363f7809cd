// A text that must not be shown: a token, a code, a key.
#pragma once

#include <string>
#include <string_view>

namespace callgate {

/// Overwrites the bytes with zeros, in a way that no compiler leaves out, and empties the text.
void wipe(std::string& text);

/// Holds a secret. It can be neither printed nor logged: there is no conversion to a text, only
/// reveal(). Its memory is overwritten when it is destroyed or gets another value. Copies of what
/// reveal() returns are not overwritten; wipe() does this.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text);
  Secret(const Secret&) = default;
  Secret(Secret&& other) noexcept;
  Secret& operator=(const Secret& other);
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  bool empty() const { return text_.empty(); }
  /// Returns the secret itself. The view is valid until this object changes.
  std::string_view reveal() const { return text_; }
  /// Takes the same time wherever the first difference is.
  bool operator==(const Secret& other) const;

 private:
  std::string text_;
};

}  // namespace callgate
