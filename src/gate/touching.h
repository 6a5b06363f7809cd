// What a call touches, for its rows in the record.
#pragma once

#include <vector>

#include "callgate/record/touch.h"
#include "callgate/wire/message.h"
#include "core.h"

namespace callgate {

struct Call;

/// Decided or not: what was refused was to be touched.
std::vector<Touch> touched_by(const Call& call, const Core& core);
/// What the result names beyond that; absent: nothing.
std::vector<Touch> touched_by_answer(const Call& call, Value result, const Core& core);

}  // namespace callgate
