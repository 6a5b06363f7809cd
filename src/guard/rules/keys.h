// The keys by which the guard compares calls: the key of the call itself, the key of its kind (the
// call with its identifiers masked), and the subject, which is the path or other thing that the
// call is about.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "callgate/guard/call.h"

namespace callgate {

struct CallKeys {
  uint64_t tool = 0;  ///< of server, account and tool
  uint64_t call = 0;  ///< of server, tool and arguments; order and volatile members don't count
  /// The key of the call with its identifiers masked; 0 if its arguments have no identifier.
  uint64_t kind = 0;
  std::string identifier;  ///< the longest identifier, at most 48 characters
  std::string subject;     ///< the subject: a normalised path, URI or reference; may be empty
  /// A key of the arguments besides the subject, without the arguments that select how much of the
  /// subject to show, but with the account; 0 if the call has no such arguments and no account.
  uint64_t other_arguments = 0;
  bool is_command = false;       ///< the call runs a command
  bool names_one_thing = false;  ///< the only argument is one word, or a path
  /// The last part of the subject, to find similar names.
  std::string guess;
};

CallKeys keys_of(const GuardCall& call);

/// Returns the path without `file://`, doubled slashes, "." parts and a slash at the end.
std::string normal_path(std::string_view path);
/// Returns the folder of a normalised path; empty if it has none.
std::string_view parent_of(std::string_view path);
/// Returns every string among the arguments that may be a path, normalised, at any depth: whole
/// values and the words of commands. A relative path stays relative. At most 64 strings of at most
/// 512 bytes are returned, of the first 1,024 values down to 64 levels.
std::vector<std::string> paths_in(Value args);

}  // namespace callgate
