// The side of a program without a loop that passes open descriptors to another process over a Unix
// socket. The other process receives them with Stream::receive_descriptors(). The functions block
// for at most `limit`, also if the socket is non-blocking.
// Source: unix(7), SCM_RIGHTS.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"
#include "callgate/io/descriptor.h"

namespace callgate {

/// The most descriptors that may be passed before the other process has taken them.
inline constexpr size_t kMostPassed = 4;

/// Sends the line and copies of the descriptors. `line` has no line end; one is added. Error:
/// "io.write".
Status send_line_with(int socket, std::string_view line, const std::vector<int>& descriptors,
                      Millis limit);
/// Receives one line of at most `most` bytes, and returns it without its line end. Reads nothing
/// that comes after the line. Error: "io.read", also if the other process closes the socket before
/// the end of the line.
Result<std::string> receive_line(int socket, size_t most, Millis limit);

}  // namespace callgate
