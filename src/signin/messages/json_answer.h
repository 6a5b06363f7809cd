// Reads the status of an answer, and the JSON object in its body.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "breach.h"
#include "callgate/signin/challenge.h"
#include "callgate/wire/message.h"
#include "callgate/wire/web.h"

namespace callgate {

/// True for the statuses after which the same request may succeed later.
inline bool is_busy(const WebAnswer& answer) {
  return answer.status == 429 || answer.status >= 500;
}
inline bool is_redirect(const WebAnswer& answer) {
  return answer.status >= 300 && answer.status < 400;
}
inline bool is_good(const WebAnswer& answer) { return answer.status >= 200 && answer.status < 300; }

/// Parses a body that must be one JSON object without repeated keys, of at most `largest` bytes.
/// `what` says what it is, such as "the metadata", and `rule` where its format is specified.
Judged<MessagePtr> read_object(const std::string& body, size_t largest, std::string_view what,
                               std::string_view rule);

/// Returns the member's text; empty if it is absent or no string.
std::string member_text(Value object, std::string_view key);
bool member_is_true(Value object, std::string_view key);
/// Returns the strings of an array; nullopt if the member is absent or no array. Leaves out other
/// elements, and those after the first kMostListItems.
std::optional<std::vector<std::string>> member_list(Value object, std::string_view key);
/// Returns the scopes of an array of strings.
Scopes member_scopes(Value object, std::string_view key);
/// Returns a number that is written as a number or as a string of digits, and that is not negative;
/// nullopt for anything else. A number too large for int64_t becomes the largest one.
std::optional<int64_t> member_count(Value object, std::string_view key);

}  // namespace callgate
