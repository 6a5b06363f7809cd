// Finds the data that a call accesses: paths, addresses, tables, tickets. It only reads the call's
// text. A value counts only if its argument's name or its own form identifies what it is. Text that
// is content (content, text, body, patch …) is never searched.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/record/data_item.h"
#include "callgate/wire/message.h"

namespace callgate {

/// At most this many items are kept of a call, and as many of its answer. Later ones are dropped.
inline constexpr size_t kTouches = 256;
/// Only this many bytes of a value are looked at, because no path and no address is longer. The
/// record keeps fewer bytes (kDataItemBytes).
inline constexpr size_t kTouchLooked = 8192;

/// The folders in which paths begin. If `cwd` is empty, relative paths stay unchanged. If `home` is
/// empty, paths with "~" stay unchanged.
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
/// combination of kind, op and name appears once. Looks at up to 4,096 values, at most 32 levels
/// deep.
std::vector<DataItem> touches_of(const TouchingCall& call);
/// Returns the accessed data of a resources/read.
std::vector<DataItem> touches_of_resource(std::string_view uri, const PathRoots& roots);
/// Returns what an answer names beyond `known`: links and embedded resources of its content, and
/// names in its structured content. If the call writes, all of its structured content counts;
/// otherwise only objects that also hold a text count. `result` is the `result` member of an answer
/// to tools/call, prompts/get or resources/read.
std::vector<DataItem> touches_of_result(Value result, Effect effect, const PathRoots& roots,
                                        const std::vector<DataItem>& known);

}  // namespace callgate
