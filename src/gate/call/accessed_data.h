// The data that a call accesses, for its rows in the record.
#pragma once

#include <vector>

#include "callgate/record/data_item.h"
#include "callgate/wire/message.h"
#include "core.h"

namespace callgate {

struct Call;

/// Returns the data that the call names. For a refused call, it is the data that the call would
/// have accessed.
std::vector<DataItem> data_of_call(const Call& call, const Core& core);
/// Returns the data that only the result names. Empty if `result` is absent.
std::vector<DataItem> data_of_answer(const Call& call, Value result, const Core& core);

}  // namespace callgate
