// The masked text of JSON is JSON, contains no secret and is not changed by masking again. A cut
// result is a part of it.
#include <string>
#include <vector>

#include "callgate/protect/masker.h"
#include "callgate/wire/message.h"
#include "fuzz.h"

using namespace callgate;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const SecretMasker masker(
      std::vector<NamedSecret>{{"A", "secret-value"}, {"B", "a\"b\\c/d"}, {"C", "aaaaaaaa"}});
  static Walker walker;
  Choices choices(data, size);
  const size_t keep = choices.byte();
  const std::string text(choices.rest());
  ENSURE(masker.mask_text(text).text.find("secret-value") == std::string::npos);
  const Masked all = masker.mask_json(text, SIZE_MAX);
  const Masked cut = masker.mask_json(text, keep);
  ENSURE(cut.text.size() <= keep + 3);
  const Result<MessagePtr> message = walker.walk(text);
  if (!message) return 0;
  ENSURE(all.count > 0 || all.text == text);
  ENSURE(all.text.compare(0, cut.text.size(), cut.text) == 0);
  const Result<MessagePtr> masked = walker.walk(all.text);
  ENSURE(masked.ok());
  for (uint32_t i = 0; i < (*masked)->nodes().size(); ++i) {
    const Value value(**masked, i);
    ENSURE(value.text().find("secret-value") == std::string::npos);
    ENSURE(value.key().find("secret-value") == std::string::npos);
  }
  return 0;
}
