// What a front and the shared gate say to each other over the shared gate's socket. Each message is
// one line of JSON:
//
//     front → gate   hello, with the client's stdin and stdout as descriptors, and on Linux with
//                    the memory of the session's journal
//     gate → front   have: the gate has read the hello and can serve the client
//     gate → front   refused, instead of have: with the reason
//     front → gate   begin: from now on only the gate reads the client's messages
//     gate → front   log: a message for the front's stderr, at any time after the hello
//     gate → front   ended: the session is over, and the front ends, too
//
// The front waits for the answer to its hello until FrontOptions::limit is over. If none comes, the
// front closes the socket, and its client gets a gate process of its own. If the shared gate only
// did not run for a while (SIGSTOP), it later reads the end of the socket instead of `begin`. So
// the client's messages never have two readers.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "callgate/base/log.h"
#include "callgate/base/result.h"
#include "callgate/base/time.h"
#include "callgate/gate/workspace.h"

namespace callgate {

/// The most bytes of a hello. Linux allows an environment of 2 MiB by default.
inline constexpr size_t kLongestHello = size_t{8} << 20;

struct Hello {
  std::string config;  ///< the path of the configuration, with links resolved
  std::string profile;
  Workspace workspace;
};

std::string write_hello(const Hello& hello);
/// Error: "attach.malformed".
Result<Hello> read_hello(std::string line);

inline constexpr std::string_view kHave = R"({"attach":"have"})";
inline constexpr std::string_view kBegin = R"({"attach":"begin"})";
inline constexpr std::string_view kEnded = R"({"attach":"ended"})";
std::string write_log(log::Level level, const std::string& text);
struct LogLine {
  log::Level level{};
  std::string text;
};
/// Empty if the line is no log message.
std::optional<LogLine> read_log(std::string line);
std::string write_refusal(const Error& error);
/// Returns the error of a refusal, or "attach.malformed" if the line is none.
Error read_refusal(std::string line);

}  // namespace callgate
