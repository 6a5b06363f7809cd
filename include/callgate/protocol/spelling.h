// Messages that programs with other JSON readers than ours would understand in another way.
#pragma once

#include <optional>
#include <string>

#include "callgate/wire/rpc.h"

namespace callgate {

/// Why the params are in doubt: a key in them, in their `_meta` or in another object of theirs that
/// the protocol defines is one of the protocol's only for readers that fold keys ("Name", "URI").
/// Empty: there is no doubt. Objects whose keys are a user's (`arguments`) are not looked into.
std::optional<std::string> doubtful_params(Value params);

/// Why a server's message is in doubt, which passed classify(): the above, or two members with one
/// key in an object of the protocol's. Results may hold such keys in their data.
std::optional<std::string> doubtful_message(const Rpc& rpc);

}  // namespace callgate
