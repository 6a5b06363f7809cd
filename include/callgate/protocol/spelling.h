// Messages that programs with other JSON readers than ours would understand in another way.
#pragma once

#include <optional>
#include <string>

#include "callgate/protocol/methods.h"
#include "callgate/wire/rpc.h"

namespace callgate {

/// Why a message is in doubt, which passed classify(). Empty: there is no doubt.
/// - A key of its params, its result or its error, of their `_meta` or of another object of theirs
/// that the protocol defines is one of the protocol's only for readers that fold keys ("Name",
/// "URI", "Content"). Objects whose keys are a user's (`arguments`, data in results) are not looked
/// into.
/// - From a server: two members have one key in an object of the protocol's. A client's message
/// with such keys anywhere is refused before.
std::optional<std::string> doubtful_message(const Rpc& rpc, Sender sender);

}  // namespace callgate
