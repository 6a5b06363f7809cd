// What the guard tells the agent of a finding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "callgate/record/finding.h"

namespace callgate {

/// The text for the agent: what repeated, the evidence, what exists instead. Ours, plain, at most
/// kAdvice bytes. Calls are told as "RUN-CALL"; `run` 0: by their numbers alone.
std::string advice(const Finding& finding, uint32_t run = 0);
/// What an earlier session met.
std::string advice(const DeadEnd& dead_end);
/// Why a call isn't made; `number` is the finding's own in its run. Without either it isn't
/// recorded, so no command that lifts it is named.
std::string refusal(const Finding& finding, uint32_t number, uint32_t run);
std::string refusal(const DeadEnd& dead_end, uint32_t number, uint32_t run);
/// As it goes to the record: without what it cites of identifiers, for a part of a secret is not
/// seen by who masks whole ones. The calls of its evidence have them, masked.
Finding for_record(Finding finding);
constexpr size_t kAdvice = 1200;

}  // namespace callgate
