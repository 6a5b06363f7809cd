// Controls what other processes of our user learn about a gate: nothing of its contents, but where
// to find it.
#pragma once

#include <cstdint>
#include <string>

namespace callgate {

/// From now on no process of our user can read the environment and memory of this process, open its
/// descriptors or trace it. That includes gdb, unless gdb started us. A program that this process
/// executes is not affected. Linux only.
void hide_this_process();

/// Publishes the configuration and the state folder of this gate in the names of all its other
/// threads, which any process can read. Commands below a client find the client's gate by these
/// names, whatever their environment is. Returns false if that failed; then the gate must stay
/// readable, or commands would not find it.
bool publish_gate(const std::string& config, const std::string& state_dir);

/// True if that process is a gate that has published this configuration or this state folder. Linux
/// only.
bool has_published(int64_t pid, const std::string& config, const std::string& state_dir);
/// True if that process has published anything.
bool is_published_gate(int64_t pid);

}  // namespace callgate
