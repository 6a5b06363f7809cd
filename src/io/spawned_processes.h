// The processes of this program whose end a part of io/ waits for.
#pragma once

#include <atomic>
#include <map>
#include <mutex>

namespace callgate {

/// All threads share one SpawnedProcesses.
class SpawnedProcesses {
 public:
  /// Who waits for the end of a process.
  enum class Waiter { Loop, CollectSpawned };

  static SpawnedProcesses& all();
  void add(int pid, Waiter waiter);
  void remove(int pid);
  bool has(int pid);
  void collect();
  std::atomic<int> starting{0};  ///< processes that spawn_aside() starts at this moment

 private:
  std::mutex mutex_;
  std::map<int, Waiter> pids_;
};

}  // namespace callgate
