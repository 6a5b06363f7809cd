// Blanking comments moves nothing, changes nothing when it is repeated, and does not change plain
// JSON.
#include <string>

#include "callgate/wire/jsonc.h"
#include "callgate/wire/message.h"
#include "fuzz.h"

using namespace callgate;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Walker walker;
  const std::string text(reinterpret_cast<const char*>(data), size);
  std::string plain = text;
  const bool json = walker.walk(text).ok();
  if (!blank_comments(plain)) {
    ENSURE(!json);
    return 0;
  }
  ENSURE(plain.size() == text.size());
  ENSURE(!json || plain == text);
  for (size_t i = 0; i < size; ++i)
    ENSURE(plain[i] == text[i] || (plain[i] == ' ' && text[i] != '\n' && text[i] != '\r'));
  // Only valid JSON is guaranteed to stay unchanged: blanking broken text may uncover more
  // comments.
  std::string again = plain;
  if (walker.walk(plain)) ENSURE(blank_comments(again) && again == plain);
  return 0;
}
