// Resolves paths without blocking the loop: a slow file system delays only the call that needs it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "callgate/io/loop.h"

namespace callgate {

/// Returns the real path of `path`. Every symbolic link on the way is followed, dangling ones too,
/// since a write would create their target. Parts that do not exist are normalised lexically ("."
/// and ".." resolved); a missing name leads to an existing one that Unicode defines as equal (é as
/// one character or two). A relative path starts at `cwd`, or at our working folder if `cwd` is
/// empty. Blocking. Returns empty where the answer is uncertain: a loop of links, no permission, a
/// NUL inside, an existing part at PATH_MAX bytes or more, more than 64 KiB of text, a ".." after a
/// link (programs that normalise first read it differently from those that don't), or a part that
/// differs between processes (/proc/self/cwd, /proc/PID/root, /dev/fd …). Other files of /proc/self
/// are not followed: /proc/self/status resolves to itself.
std::optional<std::string> resolve_path(const std::string& path, const std::string& cwd);

/// Returns the real paths of the names that decide where `path` leads now: each symbolic link that
/// is followed, in order, and last the end of the way, or its first part that does not exist.
/// Blocking. Returns empty where resolve_path() can't follow `path`.
std::vector<std::string> names_on_the_way(const std::string& path);

struct PathQuestion {
  std::string path;  ///< absolute, or relative to cwd; `~` has no special meaning
  std::string cwd;
};

/// Resolves all paths on the thread pool and calls `done` once on the loop, never before this
/// function returns. There is one answer per question, in order. All answers are empty if any path
/// took longer than `limit`.
void resolve_paths(Loop& loop, std::vector<PathQuestion> questions, Millis limit,
                   std::function<void(std::vector<std::optional<std::string>>)> done);

}  // namespace callgate
