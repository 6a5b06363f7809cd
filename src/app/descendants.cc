#include "descendants.h"

#ifdef __linux__
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <map>
#endif

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/app/warden.h"
#include "observe.h"

namespace callgate {

#ifndef __linux__

void kill_descendants() {}
void kill_tree(int) {}
std::vector<int> process_tree(int) { return {}; }
std::vector<int> own_children() { return {}; }
bool is_zombie(int) { return false; }
bool carries_run(int, const std::vector<std::string>&) { return false; }
int sweep_leftovers(const std::vector<std::string>&) { return 0; }

#else

namespace {

/// Returns those entries of a folder in /proc whose names are numbers (the ids of processes or
/// threads).
std::vector<int> numbers_in(const std::string& folder) {
  std::vector<int> numbers;
  DIR* entries = ::opendir(folder.c_str());
  if (!entries) return numbers;
  while (const dirent* entry = ::readdir(entries)) {
    if (const int number = std::atoi(entry->d_name); number > 0) numbers.push_back(number);
  }
  ::closedir(entries);
  return numbers;
}

std::string contents(const std::string& path) {
  std::string all;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return all;
  char part[4096];
  for (;;) {
    const ssize_t count = ::read(fd, part, sizeof part);
    if (count <= 0) break;
    all.append(part, static_cast<size_t>(count));
  }
  ::close(fd);
  return all;
}

/// Adds the children of the process `pid`. The kernel has a list of children for each thread, so
/// all threads are read.
void add_children(int pid, std::vector<int>& to) {
  const std::string tasks = "/proc/" + std::to_string(pid) + "/task";
  for (const int task : numbers_in(tasks)) {
    const std::string list = contents(tasks + "/" + std::to_string(task) + "/children");
    const char* at = list.c_str();
    while (*at != '\0') {
      char* end = nullptr;
      const long child = std::strtol(at, &end, 10);
      if (end == at) break;
      to.push_back(static_cast<int>(child));
      at = end + std::strspn(end, " \n");
    }
  }
}

/// Returns the parents and children of all processes, as a map from parents to children. Used if
/// the kernel was built without lists of children.
std::multimap<int, int> family() {
  std::multimap<int, int> children;
  for (const int pid : numbers_in("/proc")) children.emplace(static_cast<int>(parent_of(pid)), pid);
  return children;
}

/// True if the kernel lists the children of a process.
bool has_child_lists() {
  return ::access(("/proc/self/task/" + std::to_string(::getpid()) + "/children").c_str(), R_OK) ==
         0;
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
      add_children(found[i], found);
    } else {
      const auto [first, last] = all.equal_range(found[i]);
      for (auto child = first; child != last; ++child) found.push_back(child->second);
    }
  }
  return found;
}

void stop(int pid) { ::kill(pid, SIGSTOP); }

/// True if `pid` is a warden of one of these runs. The environment of a warden cannot be read, but
/// its last argument is its run.
bool is_warden_of(int pid, const std::vector<std::string>& runs) {
  const std::string words = contents("/proc/" + std::to_string(pid) + "/cmdline");
  if (words.find(std::string(1, '\0') + kWardenArgument + '\0') == std::string::npos) return false;
  return std::any_of(runs.begin(), runs.end(), [&words](const std::string& run) {
    return words.ends_with(std::string(1, '\0') + run + '\0');
  });
}

}  // namespace

bool carries_run(int pid, const std::vector<std::string>& runs) {
  constexpr const char* kName = "CALLGATE_RUN=";
  if (is_warden_of(pid, runs)) return true;
  const std::string variables = contents("/proc/" + std::to_string(pid) + "/environ");
  for (size_t at = 0; at < variables.size();) {
    const size_t end = std::min(variables.find('\0', at), variables.size());
    const std::string_view variable = std::string_view(variables).substr(at, end - at);
    if (variable.substr(0, std::strlen(kName)) == kName &&
        std::find(runs.begin(), runs.end(), variable.substr(std::strlen(kName))) != runs.end()) {
      return true;
    }
    at = end + 1;
  }
  return false;
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

std::vector<int> own_children() {
  std::vector<int> found;
  if (has_child_lists()) {
    add_children(::getpid(), found);
    return found;
  }
  const auto all = family();
  const auto [first, last] = all.equal_range(::getpid());
  for (auto child = first; child != last; ++child) found.push_back(child->second);
  return found;
}

bool is_zombie(int pid) {
  const std::string stat = contents("/proc/" + std::to_string(pid) + "/stat");
  const size_t bracket = stat.rfind(") ");
  return bracket != std::string::npos && stat.substr(bracket + 2, 1) == "Z";
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
    for (const int pid : numbers_in("/proc")) {
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
