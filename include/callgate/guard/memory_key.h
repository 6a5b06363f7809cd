// The key under which the memory of an agent (its dead ends, its calls of a day) is kept.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "callgate/record/events.h"

namespace callgate {

/// The longest name of an agent, server or tool that is kept. In bytes.
inline constexpr size_t kNameBytes = 256;
/// Ends the agent's name in a memory key if a token or a program follows.
inline constexpr char kNameEnd = '\x1f';

/// Returns the key of an agent's memory. Any client may claim the agent's name, so the key also has
/// the name of the token that the client showed, or else the program that the client was observed
/// to be. Either may be empty.
std::string memory_key(std::string_view agent, std::string_view token, std::string_view program);
/// Reduces a memory_key() to the key under which the calls of a day are counted. If a token or a
/// program identifies the client, the key leaves the claimed name out, so that a client gets no new
/// budget by claiming another name.
std::string_view budget_key(std::string_view memory);
/// Returns the program that a client was observed to be. Shells between the client and the gate are
/// skipped.
std::string client_program(const ObservedProcess& process);

}  // namespace callgate
