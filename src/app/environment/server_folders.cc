#include "server_folders.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string_view>

#include "callgate/base/path_text.h"

namespace callgate {

namespace {

constexpr size_t kMost = 64, kLongest = 4096;
// Variables that list folders of programs and libraries. No server looks for relative paths in
// these folders.
constexpr std::string_view kSearched[] = {"PATH",      "MANPATH",       "LD_LIBRARY_PATH",
                                          "NODE_PATH", "PYTHONPATH",    "DYLD_LIBRARY_PATH",
                                          "CDPATH",    "XDG_DATA_DIRS", "XDG_CONFIG_DIRS"};

bool begins(std::string_view text, std::string_view front) {
  return text.substr(0, front.size()) == front;
}

/// True if the path is a folder, or does not exist and so may become one. False for files, and for
/// folders that we may not enter, because then the server may not enter them either.
bool can_be_folder(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return errno == ENOENT;
  return S_ISDIR(about.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

class Collector {
 public:
  Collector(ServerFolders& found, const std::string& home, std::string cwd)
      : found_(found), home_(home), cwd_(std::move(cwd)) {}

  /// Adds the whole text, and each part of it. The parts are separated by the characters at which
  /// programs split lists and options.
  void add(std::string_view text) {
    add_one(text);
    size_t from = 0;
    while (from < text.size()) {
      const size_t end = std::min(text.find_first_of("=:,;\"'[]", from), text.size());
      if (end > from && end - from < text.size()) add_one(text.substr(from, end - from));
      from = end + 1;
    }
  }

 private:
  void add_one(std::string_view text) {
    if (text.size() > kLongest || text.empty()) return;
    std::string path(text);
    if (is_file_uri(text)) path = percent_decoded(text.substr(5));
    for (const std::string_view tilde : {"~/", "$HOME/", "${HOME}/", "${env:HOME}/"})
      if (begins(path, tilde)) path = home_ + "/" + path.substr(tilde.size());
    if (path == "~" || path == "$HOME" || path == "${HOME}" || path == "${env:HOME}") path = home_;
    if (begins(path, "./") || begins(path, "../") || path == "..") path = cwd_ + "/" + path;
    if (path.empty() || path.front() != '/') return;
    path = lexical_path(path);
    auto& folders = found_.folders;
    if (folders.size() >= kMost || path == "/" ||
        std::find(folders.begin(), folders.end(), path) != folders.end())
      return;
    if (can_be_folder(path)) folders.push_back(std::move(path));
  }

  ServerFolders& found_;
  const std::string& home_;
  const std::string cwd_;
};

bool is_searched(std::string_view name) {
  return std::find(std::begin(kSearched), std::end(kSearched), name) != std::end(kSearched);
}

}  // namespace

std::string working_folder(const ServerConfig& server) {
  if (!server.cwd.empty()) return server.cwd;
  std::array<char, PATH_MAX> own{};
  return ::getcwd(own.data(), own.size()) ? own.data() : "";
}

std::string own_variable(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? value : "";
}

ServerFolders folders_of(const ServerConfig& server, const std::string& home,
                         const std::function<std::string(const std::string& name)>& variable) {
  ServerFolders found;
  found.cwd = working_folder(server);
  Collector collector(found, home, found.cwd);
  for (const std::string& arg : server.args) collector.add(arg);
  for (const auto& [name, value] : server.env) {
    if (name == "HOME" && !value.empty() && value.front() == '/') found.home = lexical_path(value);
    if (!is_searched(name)) collector.add(value);
  }
  for (const std::string& name : server.env_pass) {
    if (!is_searched(name)) collector.add(variable(name));
  }
  return found;
}

}  // namespace callgate
