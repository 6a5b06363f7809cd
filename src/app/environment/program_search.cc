#include "callgate/app/program_search.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace callgate {

std::vector<std::string> folders_in(std::string_view path) {
  std::vector<std::string> folders;
  while (!path.empty()) {
    const size_t end = std::min(path.find(':'), path.size());
    if (end > 0) folders.emplace_back(path.substr(0, end));
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return folders;
}

std::string joined_path(const std::vector<std::string>& folders) {
  std::string path;
  for (const std::string& folder : folders) path += (path.empty() ? "" : ":") + folder;
  return path;
}

std::string merged_path(std::string_view first, std::string_view then) {
  std::vector<std::string> all;
  const auto add = [&all](std::string folder) {
    if (std::find(all.begin(), all.end(), folder) == all.end()) all.push_back(std::move(folder));
  };
  for (std::string& folder : folders_in(first)) add(std::move(folder));
  for (std::string& folder : folders_in(then))
    if (folder.front() == '/') add(std::move(folder));
  return joined_path(all);
}

std::optional<std::string> find_program(const std::string& name, std::string_view path) {
  if (name.empty()) return std::nullopt;
  for (const std::string& folder : folders_in(path)) {
    const std::string file = folder + "/" + name;
    struct stat about {};
    if (::stat(file.c_str(), &about) == 0 && S_ISREG(about.st_mode) &&
        ::access(file.c_str(), X_OK) == 0)
      return file;
  }
  return std::nullopt;
}

bool is_poor_path(std::string_view path) {
  constexpr std::string_view kEverywhere[] = {"/usr/local/sbin", "/usr/local/bin",
                                              "/usr/sbin",       "/usr/bin",
                                              "/sbin",           "/bin",
                                              "/usr/games",      "/usr/local/games",
                                              "/snap/bin",       "/var/lib/snapd/snap/bin"};
  const auto folders = folders_in(path);
  return std::all_of(folders.begin(), folders.end(), [&](const std::string& folder) {
    return std::find(std::begin(kEverywhere), std::end(kEverywhere), folder) !=
           std::end(kEverywhere);
  });
}

}  // namespace callgate
