// Identifies processes. The system reuses pids, so a process is identified by its pid, its start
// time and the boot of the system during which it runs.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

namespace callgate {

/// Returns false only if it is proven that no process with this pid, start time and boot id runs
/// now. Returns true for a process of another container, which cannot be looked up.
bool process_lives(int64_t pid, const std::string& pid_start, const std::string& boot_id);
/// Returns the start time of the process `pid` and the boot id, in the form that process_lives()
/// expects.
std::pair<std::string, std::string> process_identity(int64_t pid);

}  // namespace callgate
