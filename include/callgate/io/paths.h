// Resolves paths without blocking the loop: a slow file system delays only the call that needs it.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "callgate/io/loop.h"

namespace callgate {

/// Returns the real path of `path`. Follows every symbolic link, including a link whose target does
/// not exist, because a write through it would create the target. In parts of the path that do not
/// exist, "." and ".." are resolved by the text alone. If a name does not exist, but an existing
/// name is equal by Unicode's definition (é as one character or as two), the existing name is used.
/// A relative path starts at `cwd`, or at our working folder if `cwd` is empty. Blocking. Returns
/// empty if the answer is uncertain: links form a loop; we lack permission; the path contains a
/// NUL, is longer than 64 KiB, or has an existing part whose path has PATH_MAX bytes or more; a
/// ".." follows a link (some programs resolve ".." before they follow links, others after); or a
/// part means something different in each process (/proc/self/cwd, /proc/PID/root, /dev/fd …).
/// Other files of /proc/self resolve to themselves, for example /proc/self/status.
std::optional<std::string> resolve_path(const std::string& path, const std::string& cwd);

/// Returns a text that changes when the file at `path` is replaced, or is written so that its size
/// or its time changes. "" if there is no such file. Blocking.
std::string file_version(const std::string& path);

/// Returns the real path of each symbolic link that `path` leads through, in order, and then the
/// real path of the file at its end, or of the first part that does not exist. The returned names
/// decide where `path` leads now. Blocking. Returns an empty list if resolve_path() cannot resolve
/// `path`.
std::vector<std::string> names_on_the_way(const std::string& path);

struct PathQuestion {
  std::string path;  ///< absolute, or relative to cwd; `~` has no special meaning
  std::string cwd;
};

/// Resolves all paths on the thread pool and calls `done` once on the loop, never before this
/// function returns. `done` gets one answer per question, in the order of the questions. All
/// answers are empty if resolving all paths together took longer than `limit`.
void resolve_paths(Loop& loop, std::vector<PathQuestion> questions, Millis limit,
                   std::function<void(std::vector<std::optional<std::string>>)> done);

}  // namespace callgate
