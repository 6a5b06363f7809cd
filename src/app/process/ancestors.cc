#include "callgate/app/ancestors.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string_view>

#include "callgate/store/identity.h"
#include "descendants.h"
#include "gate_privacy.h"
#include "process_info.h"

namespace callgate {

namespace {

constexpr size_t kDeepest = 256;

void add_with_parents(std::vector<int64_t>& found, int64_t pid) {
  for (; pid > 1 && found.size() < kDeepest; pid = parent_of(pid)) {
    if (std::find(found.begin(), found.end(), pid) != found.end()) return;
    found.push_back(pid);
  }
}

#ifndef __APPLE__

constexpr const char* kMark = "CALLGATE_RUN=";
constexpr size_t kMostThreads = 4096;

/// Returns program_of() without the word that the kernel appends if an upgrade has replaced the
/// file of the running program.
std::string installed_program_of(int64_t pid) {
  std::string name = program_of(pid);
  constexpr std::string_view kDeleted = " (deleted)";
  if (name.ends_with(kDeleted)) name.resize(name.size() - kDeleted.size());
  return name;
}

std::string variable_of(const std::vector<std::string>& environment, const std::string& name) {
  for (const std::string& each : environment)
    if (each.starts_with(name + "=")) return each.substr(name.size() + 1);
  return "";
}

/// The paths that a gate uses.
struct GatePlaces {
  std::string config, state_dir;
};

/// Finds the paths that the gate process `pid` uses, by the same rules as find_places() finds ours.
/// `config_option` is the value of its option --config, or "".
GatePlaces places_of(int64_t pid, const std::string& config_option) {
  const std::vector<std::string> environment = environment_of(pid);
  const auto place = [&](const std::string& configured, const char* base, const char* below_home,
                         const char* inside) {
    if (!configured.empty()) return configured;
    const std::string folder = variable_of(environment, base);
    return (folder.empty() ? variable_of(environment, "HOME") + below_home : folder) + inside;
  };
  const std::string config =
      config_option.empty() ? variable_of(environment, "CALLGATE_CONFIG") : config_option;
  return {.config = place(config, "XDG_CONFIG_HOME", "/.config", "/callgate/config.json"),
          .state_dir = place(variable_of(environment, "CALLGATE_STATE"), "XDG_STATE_HOME",
                             "/.local/state", "/callgate")};
}

/// If the process `pid` is a gate that was launched the way clients launch gates (with options, but
/// without a subcommand), returns the paths that it uses. Otherwise returns empty.
std::optional<GatePlaces> launched_gate(int64_t pid) {
  const std::string program = installed_program_of(pid);
  if (program.empty()) return std::nullopt;
  const bool named = program.substr(program.rfind('/') + 1) == "callgate";
  if (!named && program != installed_program_of(::getpid())) return std::nullopt;
  const std::vector<std::string> words = arguments_of(pid);
  std::string config;
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "--config" && i + 1 < words.size())
      config = words[++i];
    else if (words[i].starts_with("--config="))
      config = words[i].substr(words[i].find('=') + 1);
    else if (words[i] == "--config" || words[i] == "--profile" || words[i] == "--color")
      ++i;
    else if (!words[i].starts_with('-'))
      return std::nullopt;
  }
  return places_of(pid, config);
}

bool is_warden(int64_t pid) {
  const std::vector<std::string> words = arguments_of(pid);
  return words.size() > 1 && words[1] == kWardenArgument;
}

bool same_path(const std::string& a, const std::string& b) {
  std::error_code error;
  return a == b ||
         std::filesystem::weakly_canonical(a, error) == std::filesystem::weakly_canonical(b, error);
}

bool is_gate_of(int64_t pid, const std::string& config, const std::string& state_dir) {
  if (has_published(pid, config, state_dir)) return true;
  const auto gate = launched_gate(pid);
  return gate && (same_path(gate->config, config) || same_path(gate->state_dir, state_dir));
}

bool is_manager(int64_t pid) { return pid <= 1 || name_of(pid) == "systemd"; }

bool is_service() {
  std::string group = control_groups_of(::getpid());
  while (group.ends_with('\n')) group.pop_back();
  return group.ends_with(".service");
}

uint64_t start_of(int64_t pid) {
  return std::strtoull(process_identity(pid).first.c_str(), nullptr, 10);
}

bool has_terminal() {
  const int fd = ::open("/dev/tty", O_RDONLY | O_NOCTTY | O_CLOEXEC);
  if (fd >= 0) ::close(fd);
  return fd >= 0;
}

#endif

}  // namespace

std::vector<int64_t> processes_above() { return processes_above(::getpid()); }

std::vector<int64_t> processes_above(int64_t pid) {
  std::vector<int64_t> found;
  const auto number = static_cast<pid_t>(pid);
  add_with_parents(found, parent_of(pid));
  for (const int64_t leader : {::getpgid(number), ::getsid(number)})
    if (leader > 0 && leader != pid) add_with_parents(found, leader);
  return found;
}

#ifdef __APPLE__

bool started_by_a_gate(int64_t) { return false; }
bool has_launched_gate(int64_t, const std::string&, const std::string&) { return false; }
bool detached_since(const std::vector<int64_t>&) { return false; }

#else

bool started_by_a_gate(int64_t pid) {
  const std::vector<std::string> environment = environment_of(pid);
  return std::any_of(environment.begin(), environment.end(),
                     [](const std::string& each) { return each.starts_with(kMark); }) ||
         is_warden(pid);  // the environment of a warden cannot be read
}

bool has_launched_gate(int64_t pid, const std::string& config, const std::string& state_dir) {
  for (const int child : children_of(pid, kMostThreads))
    if (child != ::getpid() && is_gate_of(child, config, state_dir)) return true;
  return false;
}

bool detached_since(const std::vector<int64_t>& clients) {
  if (clients.empty() || has_terminal() || is_service()) return false;
  int64_t top = ::getpid(), above = ::getppid();
  for (size_t depth = 0; !is_manager(above) && depth < kDeepest; ++depth) {
    top = above;
    above = parent_of(above);
  }
  // The topmost process is the first one of a container, and nobody can tell what started it.
  if (above == 0) return false;
  const uint64_t began = start_of(top);
  return std::any_of(clients.begin(), clients.end(), [began](int64_t client) {
    const uint64_t start = start_of(client);
    return start != 0 && start < began;
  });
}

#endif

}  // namespace callgate
