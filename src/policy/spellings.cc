#include "spellings.h"

#include <algorithm>
#include <array>

#include "callgate/base/path_text.h"
#include "callgate/base/text.h"

namespace callgate {

namespace {

constexpr size_t kMostSpellings = 64;
constexpr size_t kLongestValue = 4096;  // no path is longer
constexpr std::string_view kQuotes = "'\"`";
constexpr std::string_view kSeparators = ",;| \t\r\n\v\f";
/// The blanks beyond ASCII that JavaScript's String.trim() or Python's str.strip() remove.
constexpr std::array<std::string_view, 20> kWideBlanks = {
    "\xc2\x85",     "\xc2\xa0",     "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x81",
    "\xe2\x80\x82", "\xe2\x80\x83", "\xe2\x80\x84", "\xe2\x80\x85", "\xe2\x80\x86",
    "\xe2\x80\x87", "\xe2\x80\x88", "\xe2\x80\x89", "\xe2\x80\x8a", "\xe2\x80\xa8",
    "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f", "\xe3\x80\x80", "\xef\xbb\xbf"};
struct PathSign {
  std::string_view wide, plain;
};
/// The characters that compatibility normalisation (NFKC) turns into dots and slashes.
constexpr std::array<PathSign, 5> kWideSigns = {{{"\xef\xbc\x8e", "."},
                                                 {"\xe2\x80\xa4", "."},
                                                 {"\xe2\x80\xa5", ".."},
                                                 {"\xef\xbc\x8f", "/"},
                                                 {"\xef\xbc\xbc", "/"}}};

/// Returns a table of bytes. If a text has a marked byte, the text may have another spelling: as
/// one path (bit 1) or as a list of paths (bit 2).
constexpr std::array<uint8_t, 256> odd_bytes() {
  std::array<uint8_t, 256> odd{};
  for (size_t byte = 0x80; byte < 0x100; ++byte) odd[byte] = 1 | 2;
  for (const char c : std::string_view("%\\<('\"`")) odd[static_cast<unsigned char>(c)] = 1 | 2;
  for (const char c : kSeparators) odd[static_cast<unsigned char>(c)] = 2;
  odd['='] = odd['@'] = 2;
  return odd;
}
constexpr std::array<uint8_t, 256> kOddBytes = odd_bytes();

bool drop_wide_blank(std::string_view& text) {
  const auto wide = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
  if (!wide(text.front()) && !wide(text.back())) return false;
  for (const std::string_view blank : kWideBlanks) {
    if (text.starts_with(blank)) {
      text.remove_prefix(blank.size());
      return true;
    }
    if (text.ends_with(blank)) {
      text.remove_suffix(blank.size());
      return true;
    }
  }
  return false;
}

bool drop_quote(std::string_view& text) {
  if (text.size() < 2) return false;
  if (kQuotes.find(text.front()) != kQuotes.npos) {
    text.remove_prefix(1);
    return true;
  }
  if (kQuotes.find(text.back()) != kQuotes.npos) {
    text.remove_suffix(1);
    return true;
  }
  const bool wrapped =
      (text.front() == '<' && text.back() == '>') || (text.front() == '(' && text.back() == ')');
  if (wrapped) text = text.substr(1, text.size() - 2);
  return wrapped;
}

std::string replaced_signs(std::string text) {
  std::replace(text.begin(), text.end(), '\\', '/');
  for (const PathSign& sign : kWideSigns)
    for (size_t at = text.find(sign.wide); at != text.npos; at = text.find(sign.wide, at))
      text.replace(at, sign.wide.size(), sign.plain);
  return text;
}

/// True if the text is written as a path that leads out of the server's working folder: absolute,
/// under the home folder, or with `..`.
bool begins_as_path(std::string_view text) {
  while (!text.empty() && kQuotes.find(text.front()) != kQuotes.npos) text.remove_prefix(1);
  for (const std::string_view front : {"/", "~/", "../", "..\\", "$HOME", "${HOME}"})
    if (text.starts_with(front)) return true;
  return text == "~" || text == ".." || is_file_uri(text);
}

/// Returns the length of the separator at `at`: a list's separator, or `=` or `@` before a path.
/// Returns 0 if no part ends at `at`.
size_t cut_at(std::string_view text, size_t at) {
  const char c = text[at];
  const auto begins = [&](size_t from) {
    return from < text.size() && begins_as_path(text.substr(from));
  };
  if (c == '=') return begins(at + 1) ? 1 : 0;
  if (c == '@') {
    const bool leads =
        at == 0 || text[at - 1] == '=' || kSeparators.find(text[at - 1]) != text.npos;
    return leads && begins(at + 1) ? 1 : 0;
  }
  if (kSeparators.find(c) == kSeparators.npos) return 0;
  const size_t next = std::min(text.find_first_not_of(kSeparators, at), text.size());
  return begins(next) ? next - at : 0;
}

class Collector {
 public:
  void add(std::string_view text) {
    if (text.empty()) return;
    auto& all = found_.texts;
    if (std::find(all.begin(), all.end(), text) != all.end()) return;
    if (all.size() == kMostSpellings) {
      found_.undecided = true;
      return;
    }
    all.emplace_back(text);
  }

  template <class Change>
  void add_each(Change change) {
    const size_t count = found_.texts.size();
    for (size_t i = 0; i < count; ++i) add(change(std::string(found_.texts[i])));
  }

  void split_each() {
    const size_t count = found_.texts.size();
    for (size_t i = 0; i < count; ++i) split(std::string(found_.texts[i]));
  }

  Spellings take() { return std::move(found_); }

 private:
  void split(const std::string& text) {
    size_t from = 0;
    for (size_t at = 0; at < text.size() && !found_.undecided; ++at) {
      const size_t passed = cut_at(text, at);
      if (passed == 0) continue;
      if (text[at] != '=' && text[at] != '@')
        add(bare_path(std::string_view(text).substr(from, at - from)));
      from = at + passed;
      at = from - 1;
    }
    if (from > 0) add(bare_path(std::string_view(text).substr(from)));
  }

  Spellings found_;
};

}  // namespace

std::string_view bare_path(std::string_view text) {
  for (;;) {
    text = trimmed(text, kWhiteSpace);
    if (text.empty() || (!drop_wide_blank(text) && !drop_quote(text))) return text;
  }
}

std::string with_plain_slashes(std::string_view text) {
  return replaced_signs(percent_decoded(percent_decoded(text)));
}

bool has_one_spelling(std::string_view text, Spelling spelling) {
  if (spelling == Spelling::Written) return true;
  const uint8_t wanted = spelling == Spelling::Plain ? 1 : 2;
  uint8_t found = 0;
  for (const char c : text) found |= kOddBytes[static_cast<unsigned char>(c)];
  return (found & wanted) == 0;
}

Spellings spellings_of(std::string_view text, Spelling spelling) {
  Collector found;
  found.add(text);
  if (has_one_spelling(text, spelling)) return found.take();
  found.add_each([](const std::string& one) { return std::string(bare_path(one)); });
  // Decodes twice, because a server may pass a path on to another program, which decodes escapes as
  // well. A `file:` URI is not decoded now, because path_readings() does that.
  for (int level = 0; level < 2; ++level)
    found.add_each(
        [](const std::string& one) { return is_file_uri(one) ? one : percent_decoded(one); });
  found.add_each([](std::string one) { return replaced_signs(std::move(one)); });
  if (spelling == Spelling::Lists) found.split_each();
  return found.take();
}

std::vector<std::string> other_readings(std::string_view text) {
  if (text.empty() || text.size() > kLongestValue) return {};
  const bool blank = kWhiteSpace.find(text.front()) != kWhiteSpace.npos ||
                     kWhiteSpace.find(text.back()) != kWhiteSpace.npos;
  const bool dots = text.starts_with("./") || text.ends_with('/') || text.ends_with("/.") ||
                    text.find("//") != text.npos || text.find("/./") != text.npos ||
                    text.find("..") != text.npos;
  if (!blank && !dots && has_one_spelling(text, Spelling::Plain)) return {};
  Collector readings;
  for (const std::string& one : spellings_of(text, Spelling::Plain).texts) {
    readings.add(one);
    readings.add(bare_path(one));
    readings.add(lexical_path(bare_path(one)));
  }
  std::vector<std::string> others = readings.take().texts;
  others.erase(others.begin());  // the text itself
  return others;
}

}  // namespace callgate
