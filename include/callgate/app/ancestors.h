// Where a command comes from: one that changes rights is not for those whose rights they are. The
// check stops an agent that tries the obvious (a shell, a background job, a new terminal or another
// state folder), not a program that hides: a process that has left its parents, its group and its
// session and then waits is a stranger to us.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace callgate {

/// The processes above this one, nearest first: its parents, then the leaders of its process group
/// and of its session with their parents. A background job that was given to init still has these.
std::vector<int64_t> processes_above();
/// The same for another process of our user; empty when it has ended.
std::vector<int64_t> processes_above(int64_t pid);

/// True for a warden, and for a process that one has started: CALLGATE_RUN is in its environment.
/// Reads /proc on Linux; on macOS the environments of others are not read.
bool started_by_a_gate(int64_t pid);

/// True if a child of that process is a gate that was launched as a client launches one, with this
/// configuration or this state folder. It is found whatever our own environment says, and also when
/// it does not answer: by what it has published (src/app/gate_privacy.h) or, before it has, by its
/// environment and its command line. Linux only.
bool has_launched_gate(int64_t pid, const std::string& config, const std::string& state_dir);

/// True when this process has no terminal and was given to init by a process tree that began after
/// one of `clients` did: nobody can say whose it is. Services and jobs of cron are older, or have a
/// service's control group. Linux only.
bool detached_since(const std::vector<int64_t>& clients);

}  // namespace callgate
