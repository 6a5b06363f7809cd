#include "callgate/store/identity.h"

#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#ifdef __APPLE__
#include <sys/sysctl.h>
#include <sys/types.h>
#endif

namespace callgate {

namespace {

struct ProcessLook {
  std::string start;   // the process's start time; empty if unknown
  bool ended = false;  // the process is dead, or a zombie that only waits for its parent
};

#ifdef __linux__

std::string first_line(const char* path) {
  std::FILE* file = std::fopen(path, "re");
  if (file == nullptr) return {};
  char line[1024] = "";
  const char* got = std::fgets(line, sizeof line, file);
  std::fclose(file);
  if (got == nullptr) return {};
  line[std::strcspn(line, "\n")] = '\0';
  return line;
}

// Reads /proc/PID/stat (see proc(5)), where field 3 is the state and field 22 the start time. Field
// 2 is the program's name in parentheses. The name may contain blanks and parentheses, so the
// search starts at the last ") ".
ProcessLook look_at(int64_t pid) {
  ProcessLook look;
  const std::string stat = first_line(("/proc/" + std::to_string(pid) + "/stat").c_str());
  const size_t name_end = stat.rfind(") ");
  if (name_end == std::string::npos) return look;
  size_t at = name_end + 2;
  look.ended = stat[at] == 'Z' || stat[at] == 'X';
  for (int field = 3; field < 22 && at != std::string::npos; ++field) {
    at = stat.find(' ', at);
    if (at != std::string::npos) ++at;
  }
  if (at != std::string::npos) look.start = stat.substr(at, stat.find(' ', at) - at);
  return look;
}

// Returns the boot id and the pid namespace, with a space between them. With the boot id, processes
// of another boot are known to be dead. With the namespace, processes of another container are
// recognised, whose pids mean nothing in this one.
std::string this_boot() {
  char space[64] = "";
  const ssize_t size = ::readlink("/proc/self/ns/pid", space, sizeof space - 1);
  return first_line("/proc/sys/kernel/random/boot_id") + " " +
         (size > 0 ? std::string(space, static_cast<size_t>(size)) : std::string());
}

#elif defined(__APPLE__)

ProcessLook look_at(int64_t pid) {
  ProcessLook look;
  kinfo_proc info{};
  size_t size = sizeof info;
  int name[4] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, static_cast<int>(pid)};
  if (::sysctl(name, 4, &info, &size, nullptr, 0) != 0 || size == 0) return look;
  const timeval start = info.kp_proc.p_starttime;
  look.start = std::to_string(start.tv_sec) + "." + std::to_string(start.tv_usec);
  look.ended = info.kp_proc.p_stat == SZOMB;
  return look;
}

std::string this_boot() {
  char uuid[64] = "";
  size_t size = sizeof uuid;
  if (::sysctlbyname("kern.bootsessionuuid", uuid, &size, nullptr, 0) != 0) return {};
  return uuid;
}

#endif

}  // namespace

std::pair<std::string, std::string> process_identity(int64_t pid) {
  return {look_at(pid).start, this_boot()};
}

bool process_lives(int64_t pid, const std::string& pid_start, const std::string& boot_id) {
  if (pid <= 0) return false;
  const std::string here = this_boot();
  const std::string boot = here.substr(0, here.find(' '));
  if (boot_id.substr(0, boot_id.find(' ')) != boot) return boot.empty() || boot_id.empty();
  if (boot_id != here) return true;  // in another pid namespace, so nothing can be proven
  const ProcessLook look = look_at(pid);
  if (look.ended) return false;
  if (!look.start.empty()) return look.start == pid_start || pid_start.empty();
  return !(::kill(static_cast<pid_t>(pid), 0) != 0 && errno == ESRCH);
}

}  // namespace callgate
