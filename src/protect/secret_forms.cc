#include "secret_forms.h"

#include <algorithm>

#include "callgate/wire/writer.h"
#include "patterns.h"

namespace callgate {

namespace {

constexpr size_t kShortest = 6;

enum class Case { Upper, Lower };

std::string hex_digits(unsigned char byte, Case letters) {
  const char* const digits = letters == Case::Upper ? "0123456789ABCDEF" : "0123456789abcdef";
  return {digits[byte >> 4], digits[byte & 15]};
}

std::string percent_encoded(std::string_view text, Case letters, bool form) {
  std::string out;
  for (const char c : text) {
    if (character_class(c) & (kAlnum | kDash | kUnderscore | kDot) || c == '~')
      out += c;
    else if (form && c == ' ')
      out += '+';
    else
      out += "%" + hex_digits(static_cast<unsigned char>(c), letters);
  }
  return out;
}

std::string hexadecimal(std::string_view text, Case letters) {
  std::string out;
  for (const char c : text) out += hex_digits(static_cast<unsigned char>(c), letters);
  return out;
}

std::string html_escaped(std::string_view text, std::string_view apostrophe) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += apostrophe;
        break;
      default:
        out += c;
    }
  }
  return out;
}

/// Returns the base64 of the text for the case that `before` other bytes (0 to 2) precede the text.
/// Leaves out the characters that also depend on bytes around the text.
std::string base64_form(std::string_view text, size_t before, std::string_view last_two) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const size_t bits = 8 * (before + text.size());
  std::string out;
  for (size_t at = (8 * before + 5) / 6 * 6; at + 6 <= bits; at += 6) {
    unsigned digit = 0;
    for (size_t bit = at; bit < at + 6; ++bit) {
      const auto byte = static_cast<unsigned char>(text[bit / 8 - before]);
      digit = digit << 1 | (byte >> (7 - bit % 8) & 1U);
    }
    out += digit < kDigits.size() ? kDigits[digit] : last_two[digit - kDigits.size()];
  }
  return out;
}

}  // namespace

std::vector<std::string> secret_forms(const std::string& value) {
  std::vector<std::string> forms = {value};
  const auto add = [&forms](std::string form, size_t least) {
    if (form.size() >= least && std::find(forms.begin(), forms.end(), form) == forms.end())
      forms.push_back(std::move(form));
  };
  const std::string quoted = quote(value);
  add(quoted.substr(1, quoted.size() - 2), kShortest);
  for (const Case letters : {Case::Upper, Case::Lower}) {
    for (const bool form : {false, true}) add(percent_encoded(value, letters, form), kShortest);
    add(hexadecimal(value, letters), kShortest);
  }
  for (const std::string_view apostrophe : {"&#39;", "&#x27;", "&apos;", "'"})
    add(html_escaped(value, apostrophe), kShortest);
  for (const std::string_view last_two : {"+/", "-_"})
    for (const size_t before : {0, 1, 2}) add(base64_form(value, before, last_two), kShortest);
  return forms;
}

}  // namespace callgate
