// How the columns `touched` and `seen` of an event are packed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/record/finding.h"
#include "callgate/record/touch.h"

namespace callgate {

/// One entry of `touched`: an item's row and what was done to it.
struct TouchedItem {
  int64_t item = 0;
  TouchOp op{};
  bool operator==(const TouchedItem&) const = default;
};

void append_touched(std::string& bytes, TouchedItem touched);
/// Unpacks as many entries as can be read: the file may be damaged.
std::vector<TouchedItem> touched_items(std::string_view bytes);

std::string packed(const AnswerFacts& facts);
std::optional<AnswerFacts> unpacked_facts(std::string_view bytes);

}  // namespace callgate
