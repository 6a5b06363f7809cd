// Finds messages that programs with different JSON readers would understand differently.
#pragma once

#include <optional>
#include <string>

#include "callgate/protocol/methods.h"
#include "callgate/wire/rpc.h"

namespace callgate {

/// Returns why a message is ambiguous; nullopt if it is not. The message must have passed
/// classify(). There are two reasons:
/// - A key equals a protocol key only for readers that fold keys ("Name", "URI", "Content"). The
///   keys of these objects are checked: params, result, error, `_meta` in them, and the other
///   objects in them that the protocol defines. Objects with keys that users choose (`arguments`,
///   data in results) are not checked.
/// - The message comes from a server, and an object that the protocol defines has two members with
///   the same key. (A client's message in which any object has such members is refused earlier.)
std::optional<std::string> doubtful_message(const Rpc& rpc, Sender sender);

}  // namespace callgate
