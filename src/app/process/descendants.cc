#include "descendants.h"

#ifdef __linux__
#include <unistd.h>

#include <csignal>
#include <map>
#endif

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/text.h"
#include "process_info.h"

namespace callgate {

#ifndef __linux__

void kill_descendants() {}
void kill_tree(int) {}
std::vector<int> process_tree(int) { return {}; }
bool carries_run(int, const std::vector<std::string>&) { return false; }
int sweep_leftovers(const std::vector<std::string>&) { return 0; }

#else

namespace {

/// Returns the parents and children of all processes, as a map from parents to children. Used if
/// the kernel was built without lists of children.
std::multimap<int, int> family() {
  std::multimap<int, int> children;
  for (const int pid : all_processes()) children.emplace(static_cast<int>(parent_of(pid)), pid);
  return children;
}

/// Returns `root` and all processes below it; each parent comes before its children. Calls `below`
/// with each process except `root`, before it reads the children of that process.
template <class Below>
std::vector<int> tree_of(int root, Below below) {
  constexpr size_t kMost = 10'000;
  const bool lists = has_child_lists();
  const auto all = lists ? std::multimap<int, int>() : family();
  std::vector<int> found{root};
  for (size_t i = 0; i < found.size() && found.size() < kMost; ++i) {
    if (i > 0) below(found[i]);
    if (lists) {
      for (const int child : children_of(found[i])) found.push_back(child);
    } else {
      const auto [first, last] = all.equal_range(found[i]);
      for (auto child = first; child != last; ++child) found.push_back(child->second);
    }
  }
  return found;
}

void stop(int pid) { ::kill(pid, SIGSTOP); }

/// True if `pid` is a warden of one of these runs. The environment of a warden cannot be read, but
/// its last argument is the id of its run.
bool is_warden_of(int pid, const std::vector<std::string>& runs) {
  const std::vector<std::string> words = arguments_of(pid);
  return words.size() > 1 && contains(runs, words.back()) &&
         std::find(words.begin() + 1, words.end(), kWardenArgument) != words.end();
}

}  // namespace

bool carries_run(int pid, const std::vector<std::string>& runs) {
  if (is_warden_of(pid, runs)) return true;
  const std::vector<std::string> variables = environment_of(pid);
  return std::any_of(variables.begin(), variables.end(), [&runs](std::string_view variable) {
    constexpr std::string_view kName = "CALLGATE_RUN=";
    return variable.starts_with(kName) && contains(runs, variable.substr(kName.size()));
  });
}

std::vector<int> process_tree(int root) {
  return tree_of(root, [](int) {});
}

void kill_descendants() {
  const std::vector<int> found = tree_of(::getpid(), stop);
  for (size_t i = 1; i < found.size(); ++i) ::kill(found[i], SIGKILL);
}

void kill_tree(int root) {
  stop(root);
  for (const int pid : tree_of(root, stop)) ::kill(pid, SIGKILL);
}

int sweep_leftovers(const std::vector<std::string>& dead_runs) {
  if (dead_runs.empty()) return 0;
  std::vector<int> ours;
  for (int pid = ::getpid(); pid > 1; pid = static_cast<int>(parent_of(pid))) ours.push_back(pid);
  std::vector<int> killed;
  // Searches again after each round that found a process, because that process may have started
  // another one meanwhile.
  for (int round = 0; round < 10; ++round) {
    bool any = false;
    for (const int pid : all_processes()) {
      const auto known = [pid](const std::vector<int>& list) {
        return std::find(list.begin(), list.end(), pid) != list.end();
      };
      if (known(ours) || known(killed) || !carries_run(pid, dead_runs)) continue;
      if (::kill(pid, SIGKILL) != 0) continue;
      killed.push_back(pid);
      any = true;
    }
    if (!any) break;
  }
  return static_cast<int>(killed.size());
}

#endif

}  // namespace callgate
