// What a call is, as numbers: itself, its kind, and the thing it is about.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "callgate/guard/guard.h"

namespace callgate {

struct CallKeys {
  uint64_t tool = 0;        ///< server and tool
  uint64_t call = 0;        ///< with canonical arguments: order and volatile members don't count
  uint64_t kind = 0;        ///< with identifiers masked; 0: there is none among the arguments
  std::string identifier;   ///< the longest of them, at most 48 characters
  std::string resource;     ///< a normalised path, URI or reference; empty: none
  uint64_t beside = 0;      ///< the arguments beside that, but for how much of it to show; 0: none
  bool is_command = false;  ///< a shell's
  bool names_one_thing = false;  ///< the only argument is one word, or a path
  std::string guess;             ///< the last part of what was asked for, to find its like
};

CallKeys keys_of(const GuardCall& call);

/// Without file:, doubled slashes, "." parts and a slash at the end.
std::string normal_path(std::string_view path);
/// Of a normalised path; empty when there is none.
std::string_view parent_of(std::string_view path);
/// Every string among the arguments that may be a path, however nested, normalised: whole values
/// and words of commands. A relative one stays so. At most 64 of at most 512 bytes, of the first
/// 1,024 values down to 64 levels.
std::vector<std::string> paths_in(Value args);

}  // namespace callgate
