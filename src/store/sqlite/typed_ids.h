// Ids of calls, sessions and findings in the form in which users type them: "RUN-NUMBER", such as
// "12-34".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "callgate/base/result.h"

namespace callgate {

struct TypedId {
  uint32_t run = 0, number = 0;
};
/// Parses "RUN-NUMBER". Returns nullopt if the text has another form.
std::optional<TypedId> typed_id(std::string_view text);
/// Returns "RUN-NUMBER".
std::string typeable(uint32_t run, uint32_t number);
/// Returns the error "findings.none" for an id that no finding has.
Error no_finding(const std::string& id);

}  // namespace callgate
