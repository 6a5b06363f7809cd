// The texts in which the guard reports a finding to the agent: advice and refusals.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "callgate/record/finding.h"

namespace callgate {

/// Returns the text for the agent: what repeated, the evidence, what exists instead. It is our own
/// plain text of at most kAdvice bytes. Calls are written as "RUN-CALL", or by their numbers alone
/// if `run` is 0.
std::string advice(const Finding& finding, uint32_t run = 0);
/// Returns the text about a dead end that an earlier session found.
std::string advice(const DeadEnd& dead_end);
/// Returns the reason why a call was refused. `run` is the number of the gate's run, and `number`
/// is the finding's number within it. If either is 0, the finding isn't recorded, so the text names
/// no command that lifts the refusal.
std::string refusal(const Finding& finding, uint32_t number, uint32_t run);
std::string refusal(const DeadEnd& dead_end, uint32_t number, uint32_t run);
/// Returns the finding as it is recorded, without the parts of identifiers that its text quotes. An
/// identifier may be a secret, and the masker finds whole secrets only. The recorded calls that are
/// its evidence have the identifiers, masked.
Finding for_record(Finding finding);
constexpr size_t kAdvice = 1200;

}  // namespace callgate
