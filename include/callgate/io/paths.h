// Resolving paths without waiting on the loop: a slow file system delays its own call only.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "callgate/io/loop.h"

namespace callgate {

/// Where a path really leads: symbolic links of the deepest existing ancestor resolved, the rest normalised lexically
/// ("." and ".." undone). Relative to `cwd`. Blocking. Empty when it cannot be told (a loop of links, no permission).
std::optional<std::string> resolve_path(const std::string& path, const std::string& cwd);

struct PathQuestion {
  std::string path;  ///< absolute, or relative to cwd; `~` is not special here
  std::string cwd;
};

/// Resolves all on the thread pool and calls back once on the loop: one answer a question, in order; empty for what could
/// not be told within `limit`. `done` never comes before this returns.
void resolve_paths(Loop& loop, std::vector<PathQuestion> questions, Millis limit,
                   std::function<void(std::vector<std::optional<std::string>>)> done);

}  // namespace callgate
