// An answer as the guard sees it: what became of the call, and whether it is the answer of last
// time. `isError` alone can't be trusted: most failures arrive as ordinary text.
#pragma once

#include <string>
#include <string_view>

#include "callgate/record/finding.h"
#include "callgate/wire/message.h"

namespace callgate {

/// The text itself isn't kept but for its head.
struct GuardAnswer : AnswerFacts {
  std::string head;  ///< the text's first kHead bytes, for siblings that exist
  static constexpr size_t kHead = 2048;
};

/// The `result` member of an answer to tools/call, prompts/get or resources/read.
GuardAnswer read_answer(Value result);
/// The `error` member of an answer.
GuardAnswer read_error(Value error);
/// A result's text as it is.
GuardAnswer read_text(std::string_view text, bool is_error);

}  // namespace callgate
