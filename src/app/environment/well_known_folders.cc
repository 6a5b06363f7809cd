// Finds the folders where a user's version managers and package managers put programs.
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "callgate/base/ascii.h"
#include "login_path.h"

namespace callgate {

namespace {

constexpr int kAliases = 8;  // an alias of nvm may refer to another; we follow at most this many

bool is_folder(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode);
}

/// Returns the first word in a short file; "" if the file cannot be read.
std::string first_word(const std::string& file) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return "";
  char text[128];
  const ssize_t got = ::read(fd, text, sizeof text);
  ::close(fd);
  const std::string word(text, got > 0 ? static_cast<size_t>(got) : 0);
  return word.substr(0, word.find_first_of(" \t\r\n"));
}

using Version = std::array<int, 3>;

/// Returns the numbers of a version such as "v20.11.1" or "20"; empty if the text is not a version.
std::vector<int> version_numbers(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  std::vector<int> numbers;
  while (!text.empty() && numbers.size() < 3) {
    size_t end = 0;
    int number = 0;
    for (; end < text.size() && end < 6 && is_digit(text[end]); ++end)
      number = number * 10 + (text[end] - '0');
    if (end == 0) return {};
    numbers.push_back(number);
    text.remove_prefix(end);
    if (text.empty()) break;
    if (text[0] != '.') return {};
    text.remove_prefix(1);
  }
  return numbers;
}

/// Returns the newest version among the names in `folder`. Only versions that begin with the
/// numbers `wanted` count; if `wanted` is empty, all versions count.
std::string newest_version(const std::string& folder, const std::vector<int>& wanted) {
  DIR* all = ::opendir(folder.c_str());
  if (!all) return "";
  Version best{-1, 0, 0};
  std::string name;
  while (const dirent* one = ::readdir(all)) {
    const std::vector<int> numbers = version_numbers(one->d_name);
    if (numbers.size() != 3 || !std::equal(wanted.begin(), wanted.end(), numbers.begin())) continue;
    const Version version{numbers[0], numbers[1], numbers[2]};
    if (version <= best) continue;
    best = version;
    name = one->d_name;
  }
  ::closedir(all);
  return name;
}

/// Returns the folder of the version of Node that is nvm's default. nvm stores the default only as
/// the alias "default", so this function resolves that alias.
std::string nvm_default(const std::string& nvm) {
  std::string word = first_word(nvm + "/alias/default");
  for (int i = 0; i < kAliases && !word.empty() && version_numbers(word).empty(); ++i) {
    if (word == "node" || word == "stable" || word.find("..") != std::string::npos) break;
    word = first_word(nvm + "/alias/" + word);
  }
  const std::string versions = nvm + "/versions/node";
  const std::string name = newest_version(versions, version_numbers(word));
  return name.empty() ? "" : versions + "/" + name + "/bin";
}

}  // namespace

std::vector<std::string> well_known_folders(const LoginPathRequest& request) {
  const auto of = [&](const char* variable, const char* otherwise) {
    const auto value = request.variable(variable);
    return value && value->starts_with('/') ? *value : request.home + otherwise;
  };
  const std::string data = of("XDG_DATA_HOME", "/.local/share");
  const auto in_data = [&](const char* variable, const char* name) {
    const auto value = request.variable(variable);
    return value && value->starts_with('/') ? *value : data + name;
  };
  const std::string asdf = of("ASDF_DATA_DIR", "/.asdf");
  std::vector<std::string> folders = {of("VOLTA_HOME", "/.volta") + "/bin",
                                      in_data("MISE_DATA_DIR", "/mise") + "/shims",
                                      asdf + "/shims",
                                      asdf + "/bin",
                                      nvm_default(of("NVM_DIR", "/.nvm")),
                                      in_data("FNM_DIR", "/fnm") + "/aliases/default/bin",
                                      of("PYENV_ROOT", "/.pyenv") + "/shims",
                                      of("BUN_INSTALL", "/.bun") + "/bin",
                                      of("DENO_INSTALL", "/.deno") + "/bin",
                                      of("CARGO_HOME", "/.cargo") + "/bin",
                                      request.home + "/.local/bin",
                                      request.home + "/bin",
                                      request.home + "/.nix-profile/bin",
                                      "/nix/var/nix/profiles/default/bin",
                                      "/opt/homebrew/bin",
                                      "/opt/homebrew/sbin",
                                      "/home/linuxbrew/.linuxbrew/bin",
                                      "/usr/local/bin",
                                      "/usr/bin",
                                      "/bin",
                                      "/snap/bin"};
  std::erase_if(folders, [](const std::string& folder) {
    return !folder.starts_with('/') || !is_folder(folder);
  });
  return folders;
}

}  // namespace callgate
