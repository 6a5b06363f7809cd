// Finds messages that programs with different JSON readers would understand differently.
#pragma once

#include <optional>
#include <string>

#include "callgate/protocol/methods.h"
#include "callgate/wire/rpc.h"

namespace callgate {

/// Returns why a message that passed classify() is ambiguous, or empty if it is not. It is
/// ambiguous if
/// - a key of its params, its result or its error, of their `_meta` or of another object in them
///   that the protocol defines equals a protocol key only for readers that fold keys ("Name",
///   "URI", "Content"). Objects with keys that users choose (`arguments`, data in results) are not
///   checked;
/// - it comes from a server and an object of the protocol has two members with the same key. (A
///   client's message with such keys anywhere was refused before.)
std::optional<std::string> doubtful_message(const Rpc& rpc, Sender sender);

}  // namespace callgate
