// Parses, edits and parses again: the result is the intended one, and every token that stays is
// unchanged.
#include <string>

#include "edit_model.h"
#include "fuzz.h"

using namespace callgate;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Walker walker;
  Choices choices(data, size);
  const std::string_view picked = choices.bytes(16);
  const auto before = walker.walk(std::string(choices.rest()));
  if (!before) return 0;
  size_t next = 0;
  const auto chance = [&](unsigned one_in) {
    ++next;  // the number of questions is added, so that no input answers yes for ever
    return (static_cast<uint8_t>(picked[next % picked.size()]) + next) % one_in == 0;
  };
  Edits edits;
  const std::string meant = EditModel(chance).choose((*before)->root(), edits);
  const auto after = walker.walk(edits.apply((*before)->root()));
  ENSURE(after);
  const auto model = walker.walk(meant);
  ENSURE(model);
  ENSURE(tokens((*after)->root()) == tokens((*model)->root()));
  ENSURE((*after)->duplicates() <= (*before)->duplicates());
  return 0;
}
