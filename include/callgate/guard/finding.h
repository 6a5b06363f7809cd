// What the guard tells the agent of a finding.
#pragma once

#include <cstddef>
#include <string>

#include "callgate/record/finding.h"

namespace callgate {

/// The text for the agent: what repeated, the evidence, what exists instead. Ours, plain, at most
/// kAdvice bytes.
std::string advice(const Finding& finding);
constexpr size_t kAdvice = 1200;

}  // namespace callgate
