// Finds the data that a call accesses: paths, addresses, tables, tickets. It only reads the call's
// text, and it uses only what a member's name or a value's own form identifies. Text that is
// content (content, text, body, patch …) is never searched.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/guard/effect.h"
#include "callgate/record/touch.h"
#include "callgate/wire/message.h"

namespace callgate {

/// At most this many items are kept of a call, and as many of its answer. Later ones are dropped.
inline constexpr size_t kTouches = 256;
/// At most this many bytes of a value are looked at; no path and no address needs more. The record
/// keeps less: kTouchBytes.
inline constexpr size_t kTouchLooked = 8192;

/// The folders where paths begin. If one is empty, relative paths, or paths with "~", stay as they
/// are.
struct PathRoots {
  std::string_view cwd;   ///< the server's working folder
  std::string_view home;  ///< the folder that "~" means
};

struct TouchingCall {
  std::string_view tool;
  Value args;  ///< absent if the call has none
  Effect effect{};
  PathRoots roots;
  std::span<const std::string> uris;  ///< uri_arguments() of the tool
};

/// Returns the names of the arguments that a tool's input schema declares as URIs ("format": "uri"
/// or "uri-reference"): at most 16, of at most 64 bytes each. Call it once per listing, not once
/// per call.
std::vector<std::string> uri_arguments(Value input_schema);

/// Returns the accessed data of a tools/call or prompts/get in the order of the arguments; each
/// combination of kind, op and name once. Looks at up to 4,096 values, down to 32 levels.
std::vector<Touch> touches_of(const TouchingCall& call);
/// Returns the accessed data of a resources/read.
std::vector<Touch> touches_of_resource(std::string_view uri, const PathRoots& roots);
/// Returns what an answer names beyond `known`: links and embedded resources of its content, and
/// names in its structured content. Of the latter, an answer of a call that writes counts as a
/// whole; of any other, only objects that also hold a text. `result` is the `result` member of any
/// of the three methods.
std::vector<Touch> touches_of_result(Value result, Effect effect, const PathRoots& roots,
                                     const std::vector<Touch>& known);

}  // namespace callgate
