#include "callgate/io/spawn.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>

#include <cerrno>
#include <condition_variable>
#include <csignal>
#include <deque>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "loop_impl.h"
#include "spawned_processes.h"

namespace callgate {

namespace {

std::vector<char*> words(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  all.reserve(texts.size() + 1);
  for (const auto& text : texts) all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

/// The arguments of posix_spawn() that say what the process gets besides its program.
class SpawnSetup {
 public:
  explicit SpawnSetup(const SpawnOptions& options) {
    posix_spawn_file_actions_init(&files_);
    posix_spawnattr_init(&attributes_);
    if (!options.cwd.empty()) posix_spawn_file_actions_addchdir_np(&files_, options.cwd.c_str());
    set_descriptors(options.fds);
    set_signals();
    set_group(options.own_session);
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSetup(const SpawnSetup&) = delete;

  int error() const { return error_; }
  const posix_spawn_file_actions_t* files() const { return &files_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  /// The process's descriptors are set one after the other, so a number that is still needed could
  /// be overwritten. Therefore copies with higher numbers are used.
  void set_descriptors(const std::vector<int>& fds) {
    const int count = static_cast<int>(fds.size());
    for (int at = 0; at < count; ++at) {
      if (fds[at] < 0) {
        posix_spawn_file_actions_addopen(&files_, at, "/dev/null", O_RDWR, 0);
        continue;
      }
      copies_.emplace_back(::fcntl(fds[at], F_DUPFD_CLOEXEC, count));
      if (copies_.back().get() < 0) error_ = errno;
      posix_spawn_file_actions_adddup2(&files_, copies_.back().get(), at);
    }
  }
  void set_signals() {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    sigdelset(&all, SIGKILL);
    sigdelset(&all, SIGSTOP);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
  }
  void set_group(bool own_session) {
    posix_spawnattr_setpgroup(&attributes_, 0);
    short flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
#ifdef POSIX_SPAWN_SETSID
    // With SETSID, the program also becomes the leader of a new process group, so SETPGROUP is not
    // needed.
    flags = static_cast<short>(flags | (own_session ? POSIX_SPAWN_SETSID : POSIX_SPAWN_SETPGROUP));
#else
    static_cast<void>(own_session);
    flags = static_cast<short>(flags | POSIX_SPAWN_SETPGROUP);
#endif
    posix_spawnattr_setflags(&attributes_, flags);
  }

  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
  std::vector<Descriptor> copies_;
  int error_ = 0;
};

/// The thread on which spawn_aside() starts processes. The program has one, made on first use.
class SpawnThread {
 public:
  static SpawnThread& only() {
    static auto& one = *new SpawnThread;
    return one;
  }
  /// Throws std::system_error if the system cannot make the thread.
  void post(std::function<void()> task) {
    const std::lock_guard lock(mutex_);
    if (!begun_) std::thread([this] { run(); }).detach();
    begun_ = true;
    tasks_.push_back(std::move(task));
    more_.notify_one();
  }

 private:
  void run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      more_.wait(lock, [this] { return !tasks_.empty(); });
      const auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      task();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable more_;
  std::deque<std::function<void()>> tasks_;
  bool begun_ = false;
};

}  // namespace

SpawnedProcesses& SpawnedProcesses::all() {
  static auto& all = *new SpawnedProcesses;
  return all;
}

void SpawnedProcesses::add(int pid, Waiter waiter) {
  const std::lock_guard lock(mutex_);
  pids_[pid] = waiter;
}

void SpawnedProcesses::remove(int pid) {
  const std::lock_guard lock(mutex_);
  pids_.erase(pid);
}

bool SpawnedProcesses::has(int pid) {
  const std::lock_guard lock(mutex_);
  return pids_.contains(pid);
}

void SpawnedProcesses::collect() {
  const std::lock_guard lock(mutex_);
  std::erase_if(pids_, [](const auto& each) {
    return each.second == Waiter::CollectSpawned && ::waitpid(each.first, nullptr, WNOHANG) != 0;
  });
}

bool has_spawned(int pid) { return SpawnedProcesses::all().has(pid); }
void collect_spawned() { SpawnedProcesses::all().collect(); }
bool is_spawning() { return SpawnedProcesses::all().starting > 0; }

Result<int> spawn_process(const SpawnOptions& options, int* system_error) {
  const SpawnSetup setup(options);
  pid_t pid = 0;
  int error = setup.error();
  if (error == 0)
    error = ::posix_spawn(&pid, options.file.c_str(), setup.files(), setup.attributes(),
                          words(options.args).data(), words(options.env).data());
  if (error == 0) return pid;
  if (system_error) *system_error = error;
  return Error{"io.spawn", "cannot start " + options.file + ": " + system_reason(error), ""};
}

void spawn_aside(SpawnOptions options, std::vector<Descriptor> fds,
                 std::function<void(int system_error)> failed) {
  struct Order {
    SpawnOptions options;
    std::vector<Descriptor> fds;
    std::function<void(int)> failed;
  };
  auto order = std::make_shared<Order>(
      Order{.options = std::move(options), .fds = std::move(fds), .failed = std::move(failed)});
  const auto start = [order] {
    auto& all = SpawnedProcesses::all();
    int error = 0;
    ++all.starting;
    if (const Result<int> pid = spawn_process(order->options, &error)) {
      all.add(*pid, SpawnedProcesses::Waiter::CollectSpawned);
      all.collect();  // because its SIGCHLD may have come before add()
    } else {
      order->failed(error);
    }
    --all.starting;
  };
  try {
    SpawnThread::only().post(start);
  } catch (const std::system_error& error) {
    order->failed(error.code().value());
  }
}

}  // namespace callgate
