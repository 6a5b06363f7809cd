#include "observe.h"

#include <algorithm>
#include <fstream>
#include <optional>

#include "callgate/base/ascii.h"
#include "callgate/store/identity.h"
#include "process_info.h"

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
  std::replace_if(path.begin(), path.end(), is_control, '?');
  return path;
}

/// Returns the path of the process's program. If we may not read the path, returns the process's
/// name in brackets. That is the case for processes of other users, and for gates and wardens,
/// which hide themselves (see hide_this_process()).
std::string shown_program_of(int64_t pid) {
  const std::string path = program_of(pid);
#ifdef __linux__
  if (path.empty())
    if (const std::string name = name_of(pid); !name.empty())
      return without_controls("[" + name + "]");
#endif
  return without_controls(path);
}

}  // namespace

ObservedProcess observe(int64_t pid) {
  const std::optional<uid_t> user = user_of(pid);
  ObservedProcess process{.pid = pid,
                          .start = process_identity(pid).first,
                          .exe = shown_program_of(pid),
                          .cwd = without_controls(working_folder_of(pid)),
                          .user = user ? user_text(*user) : "",
                          .parents = {}};
  for (int64_t above = parent_of(pid); above > 0 && process.parents.size() < kMostParents;
       above = parent_of(above)) {
    const std::string exe = shown_program_of(above);
    process.parents.push_back(std::to_string(above) + (exe.empty() ? "" : " " + exe));
  }
  return process;
}

}  // namespace callgate
