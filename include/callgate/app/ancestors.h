// Finds the processes that a command comes from. Commands that change rights are refused when they
// come from a client or a server, because these must not change their own rights. The check stops
// an agent that tries the obvious: a shell, a background job, a new terminal or another state
// folder. It does not stop a program that hides: a process that has left its parents, its process
// group and its session, and then waits, cannot be traced to its client.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace callgate {

/// Returns the processes above this one, nearest first: its parents, then the leaders of its
/// process group and of its session, each with its parents. A background job that was reparented to
/// init still has these leaders.
std::vector<int64_t> processes_above();
/// The same for another process of our user; empty if it has ended.
std::vector<int64_t> processes_above(int64_t pid);

/// True for a warden, and for a process that a warden has started, which has CALLGATE_RUN in its
/// environment. Reads /proc on Linux. False on macOS, where the environments of other processes are
/// not read.
bool started_by_a_gate(int64_t pid);

/// True if a child of that process is a gate that was launched as a client launches one, with this
/// configuration or this state folder. The gate is found whatever our own environment contains, and
/// also when it does not answer: by what it has published (src/app/gate_privacy.h) or, before it
/// has published anything, by its environment and its command line. Linux only.
bool has_launched_gate(int64_t pid, const std::string& config, const std::string& state_dir);

/// True if this process has no terminal and belongs to a process tree that was left to init and
/// began after one of `clients` did: nobody can tell which client it belongs to. False for services
/// and cron jobs, which are older than the clients or have a service's control group. Linux only.
bool detached_since(const std::vector<int64_t>& clients);

}  // namespace callgate
