// Packs and unpacks the columns `touched` (the items that a call accessed) and `seen` (what the
// guard observed of an answer) of the table `event`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "callgate/record/data_item.h"
#include "callgate/record/finding.h"
#include "varint.h"

namespace callgate {

/// One entry of `touched`: the item's row in the table `item`, and whether the call read or wrote
/// it.
struct TouchedItem {
  int64_t item = 0;
  DataOp op{};
  bool operator==(const TouchedItem&) const = default;
};

void append_touched(std::string& bytes, TouchedItem touched);
/// Calls `visit` for each entry of `touched`. Stops at the first entry that cannot be read, since
/// the file may be damaged.
template <class Visit>
void each_touched(std::string_view bytes, Visit visit) {
  for (VarintReader numbers(bytes); !numbers.at_end();) {
    const uint64_t value = numbers.next();
    if (numbers.failed() || (value & 3) > static_cast<uint64_t>(DataOp::Write)) return;
    visit(TouchedItem{.item = static_cast<int64_t>(value >> 2),
                      .op = static_cast<DataOp>(value & 3)});
  }
}

std::string packed(const AnswerFacts& facts);
std::optional<AnswerFacts> unpacked_facts(std::string_view bytes);

}  // namespace callgate
