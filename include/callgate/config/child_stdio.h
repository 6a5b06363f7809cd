// What a server's stdin and stdout are: the key "stdio" of its entry.
#pragma once

namespace callgate {

/// No other process of the user can open a socket by its name; Auto has one for stdin.
enum class ChildStdio { Auto, Pipes, Sockets };

/// The variable in a server's environment that holds the key's word: what starts it also decides
/// whether it has to be started again.
inline constexpr const char* kStdioVariable = "CALLGATE_STDIO";

}  // namespace callgate
