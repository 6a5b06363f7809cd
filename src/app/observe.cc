#include "observe.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <fstream>
#include <iterator>
#ifdef __APPLE__
#include <libproc.h>
#include <sys/sysctl.h>
#endif

#include "callgate/store/recorder.h"

namespace callgate {

namespace {

constexpr size_t kMostParents = 16, kMostUsers = 10'000;

// Returns the user's name from /etc/passwd, or "uid N" if it is not there. Does not ask a directory
// service, because that may take long, and does not use the environment, because the client can set
// any value there.
std::string user_text(uid_t uid) {
  const std::string number = ":" + std::to_string(uid) + ":";
  std::ifstream users("/etc/passwd");  // "NAME:x:UID:…"
  size_t line_count = 0;
  for (std::string line; ++line_count <= kMostUsers && std::getline(users, line);) {
    const size_t name = line.find(':');
    const size_t password = name == std::string::npos ? name : line.find(':', name + 1);
    if (password != std::string::npos && line.compare(password, number.size(), number) == 0)
      return line.substr(0, name);
  }
  return "uid " + std::to_string(uid);
}

// Replaces control characters by "?", because the record stores the parents as text with one line
// each. No usual program has control characters in its path.
std::string without_controls(std::string path) {
  std::replace_if(
      path.begin(), path.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return path;
}

#ifdef __APPLE__

struct ProcessFacts {
  std::string exe, cwd, user;
};

ProcessFacts read_process(int64_t pid) {
  ProcessFacts facts;
  char path[PROC_PIDPATHINFO_MAXSIZE];
  const int length = proc_pidpath(static_cast<int>(pid), path, sizeof path);
  if (length > 0) facts.exe.assign(path, static_cast<size_t>(length));
  proc_vnodepathinfo folders{};
  if (proc_pidinfo(static_cast<int>(pid), PROC_PIDVNODEPATHINFO, 0, &folders, sizeof folders) > 0)
    facts.cwd = folders.pvi_cdir.vip_path;
  proc_bsdinfo about{};
  if (proc_pidinfo(static_cast<int>(pid), PROC_PIDTBSDINFO, 0, &about, sizeof about) > 0)
    facts.user = user_text(about.pbi_uid);
  return facts;
}

std::string exe_of(int64_t pid) { return read_process(pid).exe; }

#else

std::string file_of(int64_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

std::string link_of(int64_t pid, const char* name) {
  char path[PATH_MAX];
  const ssize_t length = ::readlink(file_of(pid, name).c_str(), path, sizeof path);
  return length > 0 ? std::string(path, static_cast<size_t>(length)) : "";
}

/// Returns the path of the process's program. If we may not read the path, returns the process's
/// name in brackets. That is the case for processes of other users, and for gates and wardens,
/// which hide themselves (see hide_this_process()).
std::string exe_of(int64_t pid) {
  std::string exe = link_of(pid, "exe");
  if (!exe.empty()) return exe;
  std::ifstream in(file_of(pid, "comm"));
  std::string name;
  return std::getline(in, name) && !name.empty() ? "[" + name + "]" : "";
}

struct ProcessFacts {
  std::string exe, cwd, user;
};

ProcessFacts read_process(int64_t pid) {
  struct stat about {};
  const bool there = ::stat(file_of(pid, "").c_str(), &about) == 0;
  return {exe_of(pid), link_of(pid, "cwd"), there ? user_text(about.st_uid) : ""};
}

#endif

}  // namespace

#ifdef __APPLE__
int64_t parent_of(int64_t pid) {
  int name[] = {CTL_KERN, KERN_PROC, KERN_PROC_PID, static_cast<int>(pid)};
  kinfo_proc about{};
  size_t size = sizeof about;
  if (sysctl(name, 4, &about, &size, nullptr, 0) != 0 || size == 0) return 0;
  return about.kp_eproc.e_ppid;
}
#else
// Reads /proc/PID/stat, which is "PID (NAME) STATE PPID …". NAME may contain any character, so the
// last ")" ends it.
int64_t parent_of(int64_t pid) {
  std::ifstream in(file_of(pid, "stat"), std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(in), {}};
  const size_t end = text.rfind(')');
  if (end == std::string::npos || end + 4 > text.size()) return 0;
  return std::strtoll(text.c_str() + end + 4, nullptr, 10);
}
#endif

ObservedProcess observe(int64_t pid) {
  ProcessFacts facts = read_process(pid);
  ObservedProcess process{.pid = pid,
                          .start = process_identity(pid).first,
                          .exe = without_controls(std::move(facts.exe)),
                          .cwd = without_controls(std::move(facts.cwd)),
                          .user = std::move(facts.user),
                          .parents = {}};
  for (int64_t above = parent_of(pid); above > 0 && process.parents.size() < kMostParents;
       above = parent_of(above)) {
    const std::string exe = without_controls(exe_of(above));
    process.parents.push_back(std::to_string(above) + (exe.empty() ? "" : " " + exe));
  }
  return process;
}

}  // namespace callgate
