#include "processes.h"

#include <dirent.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <sstream>
#include <vector>

namespace bench {
namespace {

std::vector<int> numbered(const std::string& folder) {
  std::vector<int> numbers;
  DIR* dir = opendir(folder.c_str());
  if (!dir) return numbers;
  while (const dirent* entry = readdir(dir))
    if (const int number = atoi(entry->d_name); number > 0) numbers.push_back(number);
  closedir(dir);
  return numbers;
}

std::string contents(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

// Returns the number after `name` in a text of lines such as "Name:   123 kB".
int64_t field(const std::string& text, const char* name) {
  const size_t at = text.find(name);
  return at == std::string::npos ? 0 : atoll(text.c_str() + at + strlen(name));
}

void add(Usage& sum, pid_t pid) {
  const std::string process = "/proc/" + std::to_string(pid);
  sum.rss_kib += field(contents(process + "/status"), "VmRSS:");
  sum.pss_kib += field(contents(process + "/smaps_rollup"), "\nPss:");
  for (int thread : numbered(process + "/task")) {
    const std::string task = process + "/task/" + std::to_string(thread);
    sum.cpu_ns += atoll(contents(task + "/schedstat").c_str());
    sum.wake_ups += field(contents(task + "/status"), "\nvoluntary_ctxt_switches:");
  }
}

struct Process {
  std::string name;
  pid_t parent = 0;
};

std::map<pid_t, Process> all_processes() {
  std::map<pid_t, Process> all;
  for (int pid : numbered("/proc")) {
    const std::string stat = contents("/proc/" + std::to_string(pid) + "/stat");
    const size_t open = stat.find('('), close = stat.rfind(')');
    if (close == std::string::npos) continue;
    char state = 0;
    Process process{stat.substr(open + 1, close - open - 1), 0};
    if (sscanf(stat.c_str() + close + 1, " %c %d", &state, &process.parent) == 2)
      all[pid] = process;
  }
  return all;
}

}  // namespace

TreeUsage usage_of(pid_t root, const std::set<std::string>& leave_out) {
  const std::map<pid_t, Process> all = all_processes();
  TreeUsage usage;
  add(usage.root, root);
  std::vector<pid_t> todo{root};
  while (!todo.empty()) {
    const pid_t parent = todo.back();
    todo.pop_back();
    for (const auto& [pid, process] : all) {
      if (process.parent != parent || leave_out.count(process.name)) continue;
      todo.push_back(pid);
      ++usage.other_processes;
      add(usage.others, pid);
    }
  }
  return usage;
}

}  // namespace bench
