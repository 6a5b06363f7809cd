// Finds the processes that a command was started by. A command that changes rights is refused if a
// client or a server started it, because clients and servers must not change their own rights. This
// check stops an agent that tries the obvious: a shell, a background job, a new terminal or another
// state folder. It does not stop a program that hides: once a process has left its parents, its
// process group and its session, it cannot be traced to its client.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace callgate {

/// Returns the processes above the calling process, nearest first: its parents, then the leader of
/// its process group and the leader of its session, each with its parents. A background job whose
/// parent has ended becomes a child of init, but it still has these leaders.
std::vector<int64_t> processes_above();
/// Returns the processes above the process `pid` of our user, in the same order. Returns an empty
/// list if that process has ended.
std::vector<int64_t> processes_above(int64_t pid);

/// True if the process `pid` is a warden, or has CALLGATE_RUN in its environment because a warden
/// started this process or a process above it. Reads /proc on Linux. Always false on macOS, where
/// we do not read the environments of other processes.
bool started_by_a_gate(int64_t pid);

/// True if a child of the process `pid` is a gate that uses this configuration or this state folder
/// and was launched the way clients launch gates (without a subcommand). Does not depend on our own
/// environment, nor on an answer of the gate: it reads what the gate has published
/// (src/app/process/gate_privacy.h) or, if the gate has not published anything yet, the gate's
/// environment and command line. Always false on systems other than Linux.
bool has_launched_gate(int64_t pid, const std::string& config, const std::string& state_dir);

/// True if this process may come from one of `clients` although no parent shows it: it has no
/// terminal, and the topmost process above it (a child of init or systemd) started later than one
/// of the clients. False for services and cron jobs, because these are older than the clients or
/// run in a service's control group. Always false on systems other than Linux.
bool detached_since(const std::vector<int64_t>& clients);

}  // namespace callgate
