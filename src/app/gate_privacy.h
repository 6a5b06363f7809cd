// What other processes of our user learn of a gate: nothing of what it holds, and where to find it.
#pragma once

#include <cstdint>
#include <string>

namespace callgate {

/// Nobody of our user can read this process's environment and memory, open its descriptors or trace
/// it from now on (gdb too, unless it started us); a program that it executes is as usual. Linux
/// only.
void hide_this_process();

/// Names all other threads of this gate for its configuration and its state folder, as anyone may
/// read. Commands below a client find the client's gate by that, in whatever environment they run.
/// False when it could not be done: then the gate must stay readable, or they would not find it.
bool publish_gate(const std::string& config, const std::string& state_dir);

/// True if that process is a gate that has published one of these two. Linux only.
bool has_published(int64_t pid, const std::string& config, const std::string& state_dir);
/// True if that process has published anything.
bool is_published_gate(int64_t pid);

}  // namespace callgate
