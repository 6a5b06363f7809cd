// Packs and unpacks the columns `touched` (the items that a call touched) and `seen` (what the
// guard observed of an answer) of the table `event`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/record/data_item.h"
#include "callgate/record/finding.h"

namespace callgate {

/// One entry of `touched`: the item's row in the table `item`, and whether the call read or wrote
/// it.
struct TouchedItem {
  int64_t item = 0;
  DataOp op{};
  bool operator==(const TouchedItem&) const = default;
};

void append_touched(std::string& bytes, TouchedItem touched);
/// Unpacks the entries of `touched`. Stops at the first one that cannot be read, since the file may
/// be damaged.
std::vector<TouchedItem> touched_items(std::string_view bytes);

std::string packed(const AnswerFacts& facts);
std::optional<AnswerFacts> unpacked_facts(std::string_view bytes);

}  // namespace callgate
