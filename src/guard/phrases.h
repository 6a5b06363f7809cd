// The words by which servers say that something went wrong, in the languages that servers are
// written in.
#pragma once

#include <cstdint>
#include <string_view>

#include "callgate/guard/answer.h"

namespace callgate {

/// The most telling kind that any phrase in `text` names (denied before not found before … error);
/// Ok if none does. Phrases count where a word begins, in letters of either case.
AnswerKind kind_by_phrases(std::string_view text);
/// The same by plain words alone: no numbers, no names of exceptions, which stand in code and logs,
/// too.
AnswerKind kind_by_words(std::string_view text);
/// The text's first words say that it is a failure: "Error: …", "fatal: …", "Failed to …".
bool opens_as_failure(std::string_view text);
/// "still running", "queued", "in progress".
bool says_pending(std::string_view text);

}  // namespace callgate
