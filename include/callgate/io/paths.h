// Resolving paths without waiting on the loop: a slow file system delays its own call only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "callgate/io/loop.h"

namespace callgate {

/// Where a path really leads: every symbolic link on the way followed, dangling ones too (a write
/// would create their target); what does not exist is normalised lexically ("." and ".." undone).
/// Relative to `cwd` (empty: ours). Blocking. Empty when it cannot be told: a loop of links, no
/// permission, a NUL inside, an existing part at PATH_MAX bytes or more, more than 64 KiB of text,
/// a
/// ".." after a link, which programs that normalise first read differently from those that don't,
/// or a part that is another thing for another process (/proc/self/cwd, /proc/PID/root, /dev/fd …).
/// Other files of /proc/self are not followed: /proc/self/status is its own answer.
std::optional<std::string> resolve_path(const std::string& path, const std::string& cwd);

/// The names that decide where `path` leads now, by their real paths: each symbolic link that is
/// followed, in order, and last the end of the way, or its first part that does not exist.
/// Blocking. Empty where resolve_path() can't follow it.
std::vector<std::string> names_on_the_way(const std::string& path);

struct PathQuestion {
  std::string path;  ///< absolute, or relative to cwd; `~` is not special here
  std::string cwd;
};

/// Resolves all on the thread pool and calls back once on the loop: one answer a question, in
/// order; all empty if not all could be told within `limit`. `done` never comes before this
/// returns.
void resolve_paths(Loop& loop, std::vector<PathQuestion> questions, Millis limit,
                   std::function<void(std::vector<std::optional<std::string>>)> done);

}  // namespace callgate
