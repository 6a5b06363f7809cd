#include "callgate/base/name_words.h"

#include "callgate/base/ascii.h"

namespace callgate {

Words words_of(std::string_view name) {
  Words words;
  bool inside = false;
  name = name.substr(0, 96);
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    // A word also begins where a capital follows a small letter, as in readFile. (The previous
    // letter is read again from the name, because clang 14 with -fsanitize=fuzzer miscompiles a
    // variable that keeps it.)
    const bool hump =
        i > 0 && c != lower(c) && is_letter(name[i - 1]) && name[i - 1] == lower(name[i - 1]);
    if (!is_letter(c)) {
      inside = false;
      continue;
    }
    if (!inside || hump) {
      if (words.count == words.word.size()) break;
      ++words.count;
      inside = true;
    }
    std::string& word = words.word[words.count - 1];
    if (word.size() < 24) word += lower(c);
  }
  return words;
}

FoldedName folded_name(std::string_view name) {
  FoldedName folded;
  if (name.size() > 64) return {};
  for (size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    const bool separator = c == '_' || c == '-' || c == '.';
    const bool hump = i > 0 && c != lower(c) && name[i - 1] == lower(name[i - 1]);
    if (separator || hump) folded.last_word = folded.size;
    if (separator) continue;
    if (folded.size == folded.bytes.size()) return {};
    folded.bytes[folded.size++] = lower(c);
  }
  return folded;
}

}  // namespace callgate
