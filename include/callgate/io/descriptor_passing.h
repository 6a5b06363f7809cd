// Passes open descriptors to another process over a Unix socket, from a program that has no loop.
// The other process receives them with Stream::receive_descriptors(). The functions block for at
// most `limit`, also if the socket is non-blocking. The caller keeps the socket and its
// descriptors. After an error, a part of a line may have been sent or read. Source: unix(7),
// SCM_RIGHTS.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"
#include "callgate/io/descriptor.h"

namespace callgate {

/// The most descriptors that may be passed before the other process calls take_descriptors().
inline constexpr size_t kMostPassed = 4;

/// Sends the line and copies of at most kMostPassed descriptors. `line` has no line end; one is
/// added. Error: "io.write".
Status send_line_with(int socket, std::string_view line, const std::vector<int>& descriptors,
                      Millis limit);
/// Receives one line of at most `most` bytes, and returns it without its line end. Reads nothing
/// that comes after the line. Error: "io.read", also if the other process closes the socket before
/// the end of the line.
Result<std::string> receive_line(int socket, size_t most, Millis limit);

}  // namespace callgate
