// An answer in the form in which the guard uses it: whether the call succeeded, and whether the
// answer is the same as the previous one. `isError` alone can't be trusted, because most failures
// arrive as ordinary text.
#pragma once

#include <string>
#include <string_view>

#include "callgate/record/finding.h"
#include "callgate/wire/message.h"

namespace callgate {

/// The facts of an answer. Only the beginning of the answer's text is kept.
struct GuardAnswer : AnswerFacts {
  /// The text's first kHead bytes. If the answer is a listing, the guard finds the names that exist
  /// in it.
  std::string head;
  static constexpr size_t kHead = 2048;
};

/// Reads the `result` member of an answer to tools/call, prompts/get or resources/read.
GuardAnswer read_answer(Value result);
/// Reads the `error` member of an answer.
GuardAnswer read_error(Value error);
/// Reads the text of a result.
GuardAnswer read_text(std::string_view text, bool is_error);

}  // namespace callgate
