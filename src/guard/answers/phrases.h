// The words with which servers report that something went wrong, in the languages that servers use.
#pragma once

#include <cstdint>
#include <string_view>

#include "callgate/guard/answer.h"

namespace callgate {

/// Returns the most specific kind that any phrase in `text` means (denied before not found before …
/// error); Ok if the text has no such phrase. A phrase counts at the start of a word, in upper or
/// lower case.
AnswerKind kind_by_phrases(std::string_view text);
/// Like kind_by_phrases(), but ignores numbers and names of exceptions, because these also appear
/// in code and logs.
AnswerKind kind_by_words(std::string_view text);
/// True if the text begins like a failure: "Error: …", "fatal: …", "Failed to …".
bool opens_as_failure(std::string_view text);
/// True if the text means "still running", "queued" or "in progress".
bool says_pending(std::string_view text);

}  // namespace callgate
