#include "inherited.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <mutex>
#include <utility>
#include <vector>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "callgate/base/log.h"
#include "callgate/io/process.h"
#include "descendants.h"
#include "process_info.h"

namespace callgate {

namespace {

/// State that all threads share, because children belong to the process and not to a thread.
struct Parentage {
  std::mutex mutex;
  bool subreaper = false;
  int programs = 0;  ///< number of programs that run for their answer now
  /// True if this process has or had children that do not come from servers. It may inherit the
  /// descendants of such children, too.
  bool strange = false;
};

Parentage& parentage() {
  static auto& one = *new Parentage;
  return one;
}

std::vector<int> unknown_children() {
  std::vector<int> children = children_of(::getpid());
  std::erase_if(children, [](int pid) { return Process::has_started(pid); });
  return children;
}

}  // namespace

ProgramRuns::ProgramRuns() {
  const std::lock_guard lock(parentage().mutex);
  ++parentage().programs;
}

ProgramRuns::~ProgramRuns() {
  Parentage& shared = parentage();
  const std::lock_guard lock(shared.mutex);
  if (--shared.programs > 0 || !shared.subreaper || shared.strange) return;
  const std::vector<int> left = unknown_children();
  shared.strange = std::any_of(left.begin(), left.end(), [](int pid) { return !is_zombie(pid); });
}

InheritedProcesses::InheritedProcesses(Loop& loop, std::string run_id)
    : run_id_(std::move(run_id)), child_ended_(loop, SIGCHLD, [this] { sweep(); }) {
#ifdef __linux__
  Parentage& shared = parentage();
  const std::lock_guard lock(shared.mutex);
  shared.subreaper = ::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
  shared.strange = shared.strange || shared.programs > 0 || !unknown_children().empty();
#endif
}

InheritedProcesses::~InheritedProcesses() { sweep(); }

/// Kills the children that this process has inherited from servers, and waits for those that have
/// ended. A process of a server becomes our child only if its warden has ended, because the warden
/// inherits first. CALLGATE_RUN in its environment names our run, unless the server has cleared its
/// environment.
void InheritedProcesses::sweep() {
  Parentage& shared = parentage();
  const std::lock_guard lock(shared.mutex);
  if (!shared.subreaper) return;
  for (const int pid : unknown_children()) {
    if (is_zombie(pid)) {
      if (shared.programs == 0) ::waitpid(pid, nullptr, WNOHANG);
      continue;
    }
    if (is_ending(pid)) continue;  // its warden has killed it
    const bool unmarked_is_ours = !shared.strange && shared.programs == 0;
    if (!unmarked_is_ours && !carries_run(pid, {run_id_})) continue;
    log::warn("a server's process outlived its warden and is ended (pid {})", pid);
    kill_tree(pid);
  }
}

}  // namespace callgate
