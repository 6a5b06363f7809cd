#include "inherited.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "callgate/base/log.h"
#include "callgate/io/spawn.h"
#include "descendants.h"
#include "process_info.h"

namespace callgate {

namespace {

constexpr Millis kAgain{20};

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

/// Returns nullopt if a child is being started at this moment: it could be among the children, but
/// nobody would know it yet.
std::optional<std::vector<int>> unknown_children() {
  std::vector<int> children = children_of(::getpid());
  if (is_spawning()) return std::nullopt;
  std::erase_if(children, has_spawned);
  return children;
}

void wait_for_spawning() {
  // A process is started within milliseconds.
  while (is_spawning()) std::this_thread::sleep_for(Millis{1});
}

}  // namespace

ProgramRuns::ProgramRuns() {
  const std::lock_guard lock(parentage().mutex);
  ++parentage().programs;
}

ProgramRuns::~ProgramRuns() {
  for (bool done = false; !done;) {
    wait_for_spawning();
    done = ended();
  }
}

bool ProgramRuns::ended() {
  Parentage& shared = parentage();
  const std::lock_guard lock(shared.mutex);
  const bool look = shared.programs == 1 && shared.subreaper && !shared.strange;
  const auto left = look ? unknown_children() : std::vector<int>();
  if (!left) return false;
  --shared.programs;
  if (look)
    shared.strange =
        std::any_of(left->begin(), left->end(), [](int pid) { return !is_zombie(pid); });
  return true;
}

InheritedProcesses::InheritedProcesses(Loop& loop, std::string run_id)
    : run_id_(std::move(run_id)),
      child_ended_(loop, SIGCHLD,
                   [this] {
                     collect_spawned();
                     sweep_soon();
                   }),
      again_(loop) {
#ifdef __linux__
  Parentage& shared = parentage();
  const std::lock_guard lock(shared.mutex);
  shared.subreaper = ::prctl(PR_SET_CHILD_SUBREAPER, 1) == 0;
  const auto children = unknown_children();
  shared.strange = shared.strange || shared.programs > 0 || !children || !children->empty();
#endif
}

InheritedProcesses::~InheritedProcesses() {
  while (!sweep()) wait_for_spawning();
  collect_spawned();
}

void InheritedProcesses::sweep_soon() {
  if (!sweep()) again_.start(kAgain, [this] { sweep_soon(); });
}

/// Kills the children that this process has inherited from servers, and waits for those that have
/// ended. A process of a server becomes our child only if its warden has ended, because the warden
/// inherits first. CALLGATE_RUN in its environment names our run, unless the server has cleared its
/// environment. Returns false if nothing was done because of another thread that knows our children
/// better at this moment.
bool InheritedProcesses::sweep() {
  Parentage& shared = parentage();
  const std::unique_lock lock(shared.mutex, std::try_to_lock);
  if (!lock.owns_lock()) return false;
  if (!shared.subreaper) return true;
  const auto children = unknown_children();
  if (!children) return false;
  for (const int pid : *children) {
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
  return true;
}

}  // namespace callgate
