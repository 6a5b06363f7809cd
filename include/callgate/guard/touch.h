// What a call touches, read out of what it says: paths, addresses, tables, tickets. Lexical only,
// and only what says itself what it is: a member's name, or a value's own form. Text that is
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

/// So many of a call, and so many of its answer. What comes later isn't kept.
inline constexpr size_t kTouches = 256;
/// Of a value; no path and no address needs more. The record keeps less: kTouchBytes.
inline constexpr size_t kTouchLooked = 8192;

/// Where paths begin. Empty: a relative path, or one with "~", stays as it is.
struct PathRoots {
  std::string_view cwd;   ///< of the server
  std::string_view home;  ///< what "~" stands for
};

struct TouchingCall {
  std::string_view tool;
  Value args;  ///< absent: none
  Effect effect{};
  PathRoots roots;
  std::span<const std::string> uris;  ///< uri_arguments() of the tool
};

/// What a tool's input schema says to be URIs ("format": "uri" or "uri-reference"): names of
/// arguments, at most 16 of at most 64 bytes. Once a listing, not once a call.
std::vector<std::string> uri_arguments(Value input_schema);

/// Of tools/call and prompts/get, in the order of the arguments, each kind, op and name once. At
/// most 4,096 values down to 32 levels are looked at.
std::vector<Touch> touches_of(const TouchingCall& call);
/// Of resources/read.
std::vector<Touch> touches_of_resource(std::string_view uri, const PathRoots& roots);
/// What an answer names beyond `known`: links and embedded resources of its content, and what its
/// structured content holds with its text, or what a writing call names there. `result`: the
/// `result` member, of any of the three methods.
std::vector<Touch> touches_of_result(Value result, Effect effect, const PathRoots& roots,
                                     const std::vector<Touch>& known);

}  // namespace callgate
