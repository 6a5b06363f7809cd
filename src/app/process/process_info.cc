#include "process_info.h"

#include <fmt/core.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef __APPLE__
#include <libproc.h>
#include <mach-o/dyld.h>
#include <sys/sysctl.h>
#else
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#endif

#include <algorithm>
#include <climits>
#include <csignal>
#include <cstdlib>
#include <cstring>

namespace callgate {

namespace {

std::string signal_name(int signal) {
  const char* name = ::strsignal(signal);
  const std::string text = name ? name : "unknown";
  return text.substr(0, text.find(':'));  // macOS returns "Killed: 9"
}

}  // namespace

std::string end_reason(int status) {
  if (WIFSIGNALED(status))
    return fmt::format("was killed by signal {} ({})", WTERMSIG(status),
                       signal_name(WTERMSIG(status)));
  return fmt::format("exited with status {}", WEXITSTATUS(status));
}

#ifdef __APPLE__

namespace {

/// Returns zeros if there is no such process.
kinfo_proc kernel_info(int64_t pid) {
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, static_cast<int>(pid)};
  kinfo_proc info{};
  size_t size = sizeof info;
  return sysctl(name, 4, &info, &size, nullptr, 0) == 0 ? info : kinfo_proc{};
}

}  // namespace

int64_t parent_of(int64_t pid) { return kernel_info(pid).kp_eproc.e_ppid; }
bool is_zombie(int64_t pid) { return kernel_info(pid).kp_proc.p_stat == SZOMB; }
bool is_ending(int64_t pid) {
  return is_zombie(pid) || (kernel_info(pid).kp_proc.p_flag & P_WEXIT) != 0;
}

std::vector<int> children_of(int64_t pid, size_t) {
  std::vector<int> children(1024);
  const int count = proc_listchildpids(static_cast<int>(pid), children.data(),
                                       static_cast<int>(children.size() * sizeof children[0]));
  children.resize(std::min(children.size(), static_cast<size_t>(std::max(count, 0))));
  return children;
}

std::string program_of(int64_t pid) {
  char path[PROC_PIDPATHINFO_MAXSIZE];
  const int length = proc_pidpath(static_cast<int>(pid), path, sizeof path);
  return length > 0 ? std::string(path, static_cast<size_t>(length)) : "";
}

std::string working_folder_of(int64_t pid) {
  proc_vnodepathinfo folders{};
  const bool known =
      proc_pidinfo(static_cast<int>(pid), PROC_PIDVNODEPATHINFO, 0, &folders, sizeof folders) > 0;
  return known ? folders.pvi_cdir.vip_path : "";
}

bool shares_namespaces(int64_t) { return true; }

std::string own_program() {
  char path[4096];
  uint32_t size = sizeof path;
  return ::_NSGetExecutablePath(path, &size) == 0 ? path : "callgate";
}

std::optional<uid_t> user_of(int64_t pid) {
  proc_bsdinfo about{};
  if (proc_pidinfo(static_cast<int>(pid), PROC_PIDTBSDINFO, 0, &about, sizeof about) <= 0)
    return std::nullopt;
  return about.pbi_uid;
}

uint64_t resident_bytes(int64_t pid) {
  rusage_info_v0 usage{};
  const bool known = pid > 0 && proc_pid_rusage(static_cast<int>(pid), RUSAGE_INFO_V0,
                                                reinterpret_cast<rusage_info_t*>(&usage)) == 0;
  return known ? usage.ri_resident_size : 0;
}

#else

namespace {

std::string process_file(int64_t pid, const std::string& name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

std::string contents(const std::string& path) {
  std::string all;
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return all;
  char part[4096];
  for (ssize_t count; (count = ::read(fd, part, sizeof part)) > 0;)
    all.append(part, static_cast<size_t>(count));
  ::close(fd);
  return all;
}

std::string link_target(const std::string& path) {
  char target[PATH_MAX];
  const ssize_t length = ::readlink(path.c_str(), target, sizeof target);
  return length > 0 ? std::string(target, static_cast<size_t>(length)) : "";
}

/// Returns at most `most` of those entries of a folder whose names are numbers.
std::vector<int> numbers_in(const std::string& folder, size_t most) {
  std::vector<int> numbers;
  DIR* entries = ::opendir(folder.c_str());
  if (!entries) return numbers;
  while (const dirent* entry = numbers.size() < most ? ::readdir(entries) : nullptr)
    if (const int number = std::atoi(entry->d_name); number > 0) numbers.push_back(number);
  ::closedir(entries);
  return numbers;
}

/// Splits a text each of whose parts ends with a NUL.
std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts;
  for (size_t at = 0; at < text.size();) {
    const size_t end = std::min(text.find('\0', at), text.size());
    parts.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return parts;
}

/// Returns /proc/PID/stat from the process's state on; before it are the pid and the name. The name
/// may contain any character, so the last ")" ends it.
std::string state_and_parent(int64_t pid) {
  const std::string text = contents(process_file(pid, "stat"));
  const size_t end = text.rfind(") ");
  return end == std::string::npos ? "" : text.substr(end + 2);
}

}  // namespace

bool has_child_lists() {
  const std::string own = std::to_string(::getpid());
  return ::access(("/proc/self/task/" + own + "/children").c_str(), R_OK) == 0;
}

int64_t parent_of(int64_t pid) {
  const std::string text = state_and_parent(pid);
  return text.size() < 2 ? 0 : std::strtoll(text.c_str() + 2, nullptr, 10);
}

bool is_zombie(int64_t pid) { return state_and_parent(pid).starts_with('Z'); }

// A process that was killed may need a second until it is a zombie, if it has much memory or the
// machine is busy. Until it runs, the signal waits (SigPnd in /proc/PID/status). Then the kernel
// sets the flag PF_EXITING, the seventh field from the state on (proc(5); include/linux/sched.h).
bool is_ending(int64_t pid) {
  constexpr unsigned long kExiting = 0x4, kKilled = 1UL << (SIGKILL - 1);
  const std::string stat = state_and_parent(pid);
  size_t at = 0;
  for (int field = 0; field < 6 && at != std::string::npos; ++field) at = stat.find(' ', at + 1);
  if (at == std::string::npos || stat.starts_with('Z')) return true;
  if ((std::strtoul(stat.c_str() + at, nullptr, 10) & kExiting) != 0) return true;
  const std::string status = contents(process_file(pid, "status"));
  for (const char* name : {"\nSigPnd:", "\nShdPnd:"}) {
    const size_t signals = status.find(name);
    if (signals != std::string::npos &&
        (std::strtoul(status.c_str() + signals + 8, nullptr, 16) & kKilled) != 0)
      return true;
  }
  return false;
}

std::vector<int> children_of(int64_t pid, size_t most_threads) {
  std::vector<int> children;
  if (!has_child_lists()) {
    for (const int each : all_processes())
      if (parent_of(each) == pid) children.push_back(each);
    return children;
  }
  for (const int thread : threads_of(pid, most_threads)) {
    const std::string list =
        contents(process_file(pid, "task/" + std::to_string(thread) + "/children"));
    const char* at = list.c_str();
    for (char* end = nullptr; const long child = std::strtol(at, &end, 10); at = end)
      children.push_back(static_cast<int>(child));
  }
  return children;
}

std::string program_of(int64_t pid) { return link_target(process_file(pid, "exe")); }
std::string working_folder_of(int64_t pid) { return link_target(process_file(pid, "cwd")); }
bool shares_namespaces(int64_t pid) {
  for (const char* kind : {"ns/mnt", "ns/user", "ns/net"})
    if (link_target(process_file(pid, kind)) != link_target(process_file(::getpid(), kind)))
      return false;
  return true;
}

// This link leads to the running program, even if an upgrade has replaced the program's file.
std::string own_program() { return "/proc/self/exe"; }

std::optional<uid_t> user_of(int64_t pid) {
  struct stat about {};
  if (::stat(process_file(pid, "").c_str(), &about) != 0) return std::nullopt;
  return about.st_uid;
}

uint64_t resident_bytes(int64_t pid) {
  if (pid <= 0) return 0;
  const std::string pages = contents(process_file(pid, "statm"));
  const size_t resident = pages.find(' ');  // the first number is the size of all memory
  if (resident == std::string::npos) return 0;
  return std::strtoull(pages.c_str() + resident, nullptr, 10) *
         static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
}

std::vector<int> all_processes() { return numbers_in("/proc", SIZE_MAX); }

std::vector<int> threads_of(int64_t pid, size_t most) {
  return numbers_in(process_file(pid, "task"), most);
}

std::string name_file_of(int64_t pid, int thread) {
  return process_file(pid, "task/" + std::to_string(thread) + "/comm");
}

std::string name_of(int64_t pid) {
  const std::string line = contents(process_file(pid, "comm"));
  return line.substr(0, line.find('\n'));
}

std::vector<std::string> arguments_of(int64_t pid) {
  return parts_of(contents(process_file(pid, "cmdline")));
}

std::vector<std::string> environment_of(int64_t pid) {
  return parts_of(contents(process_file(pid, "environ")));
}

std::string control_groups_of(int64_t pid) { return contents(process_file(pid, "cgroup")); }

#endif

}  // namespace callgate
