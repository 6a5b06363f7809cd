// Finds the configuration file and the state folder.
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "callgate/config/config.h"

namespace callgate {

namespace {

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool is_absolute(const std::string& path) { return !path.empty() && path.front() == '/'; }

std::string without_trailing_slash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

std::string find_home() {
  std::string home = variable("HOME");
  if (is_absolute(home)) return without_trailing_slash(std::move(home));
  passwd entry{};
  passwd* found = nullptr;
  std::string buffer(16384, '\0');
  if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || !found) return "";
  home = found->pw_dir ? found->pw_dir : "";
  return is_absolute(home) ? without_trailing_slash(std::move(home)) : "";
}

// Returns the value of an XDG variable or, if it has none, HOME/`fallback`. A relative value is
// ignored, because the XDG Base Directory Specification calls it invalid.
std::string base_folder(const char* name, const std::string& home, const char* fallback) {
  std::string folder = variable(name);
  if (is_absolute(folder)) return without_trailing_slash(std::move(folder));
  return home.empty() ? "" : home + fallback;
}

// Makes a path that the user gave absolute, so that it no longer depends on the current folder.
Result<std::string> made_absolute(const std::string& path) {
  if (is_absolute(path)) return without_trailing_slash(path);
  std::error_code error;
  const std::filesystem::path here = std::filesystem::current_path(error);
  if (error)
    return Error{"config.no_folder", "the current folder is unknown: " + error.message(),
                 "give an absolute path"};
  return without_trailing_slash((here / path).lexically_normal().string());
}

Result<std::string> place(const std::string& given, const std::string& base, const char* rest) {
  if (!given.empty()) return made_absolute(given);
  if (!base.empty()) return base + rest;
  return Error{"config.no_home", "there is no home folder: HOME is not set",
               "set HOME, or CALLGATE_CONFIG and CALLGATE_STATE"};
}

}  // namespace

Result<Places> find_places(const std::string& config_option) {
  Places places;
  places.home = find_home();
  const std::string config_base = base_folder("XDG_CONFIG_HOME", places.home, "/.config");
  if (!config_base.empty()) places.config_dir = config_base + "/callgate";
  const std::string config = config_option.empty() ? variable("CALLGATE_CONFIG") : config_option;
  Result<std::string> file = place(config, config_base, "/callgate/config.json");
  if (!file) return file.error();
  Result<std::string> state =
      place(variable("CALLGATE_STATE"), base_folder("XDG_STATE_HOME", places.home, "/.local/state"),
            "/callgate");
  if (!state) return state.error();
  places.config_file = *file;
  places.state_dir = *state;
  return places;
}

}  // namespace callgate
