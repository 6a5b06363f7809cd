// An answer as the guard sees it: what became of the call, and whether it is the answer of last
// time. `isError` alone can't be trusted: most failures arrive as ordinary text.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "callgate/wire/message.h"

namespace callgate {

enum class AnswerKind : uint8_t { Ok, NotFound, Denied, Invalid, Timeout, Rate, Empty, Error };
const char* name(AnswerKind kind);  ///< "ok", "not_found", "denied", …

/// Made once a completed call, off any clock; the text itself isn't kept but for its head.
struct GuardAnswer {
  AnswerKind kind = AnswerKind::Ok;
  bool pending = false;  ///< says that something is still running, queued or in progress
  uint64_t hash = 0;   ///< of the text with times and durations masked, if that leaves enough of it
  uint64_t exact = 0;  ///< of the text as it is
  uint64_t shape = 0;  ///< of how a failure begins, without names and numbers
  uint64_t bytes = 0;
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
