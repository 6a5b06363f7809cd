// Controls what other processes of our user can learn about a gate: they cannot read its memory or
// environment, but they can find out which configuration and state folder it uses.
#pragma once

#include <cstdint>
#include <string>

namespace callgate {

/// After this call, no process of our user can read the environment and memory of this process,
/// open its descriptors or trace it. A debugger cannot attach to it either (unless the debugger has
/// started it). Programs that this process executes are not protected. Does nothing on systems
/// other than Linux.
void hide_this_process();
/// Undoes hide_this_process().
void show_this_process();

/// Publishes a digest of this gate's configuration path and state folder in the names of its
/// threads (except the main thread), which any process can read. With these names, a command that a
/// client started finds the gate of the client, whatever the command's environment contains.
/// Returns false if the names could not be set. In that case, hide_this_process() must not be
/// called, because commands could no longer find the gate.
bool publish_gate(const std::string& config, const std::string& state_dir);

/// True if the process `pid` is a gate that has published this configuration or this state folder.
/// Always false on systems other than Linux.
bool has_published(int64_t pid, const std::string& config, const std::string& state_dir);
/// True if the process `pid` is a gate that has called publish_gate() with success.
bool is_published_gate(int64_t pid);

}  // namespace callgate
