// Writes the sentences of a finding: its summary, and what exists instead. Names that come from
// servers and agents are shortened and their special characters replaced, because the text goes to
// a model.
#pragma once

#include <string>
#include <string_view>

#include "callgate/guard/guard.h"
#include "guard/rules/keys.h"
#include "session.h"

namespace callgate {

/// Returns at most `most` bytes of the text, and "..." if it is longer. Every byte that isn't a
/// letter, a digit or one of ._-/:@ becomes '?'.
std::string plain(std::string_view text, size_t most = 64);

std::string repeat_summary(const GuardCall& call, const Repeats::Entry& entry);
std::string cycle_summary(const Cycles::Round& round);
std::string guess_summary(const GuardCall& call, const Guesses::Family& family, AnswerKind kind);
std::string mutated_summary(const GuardCall& call, const Mutations::Kind& kind);
std::string dead_end_summary(const DeadEnd& dead_end);  // for a call that has not been made
std::string dead_end_summary(const GuardCall& call, uint32_t sessions, uint32_t met_again);
std::string idle_summary(double share, uint32_t window);
std::string budget_summary(const Budgets& budgets, Budgets::Spent spent);

/// Returns similar names of the last listing as a sentence; empty if the listing has no names.
std::string siblings(const GuardCall& call, const GuardSession& session, const CallKeys& keys);
/// Returns for example "It differs from a1b2c3, which exists, in 3 of 6 characters."; empty if no
/// existing identifier is known.
std::string nearest_identifier(const Mutations::Kind& kind, std::string_view wrong);

}  // namespace callgate
