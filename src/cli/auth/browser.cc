#include "browser.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "callgate/base/text.h"

extern char** environ;

namespace callgate {

namespace {

#ifdef __APPLE__
constexpr const char* kDesktopCommand = "open";
#else
constexpr const char* kDesktopCommand = "xdg-open";
#endif

std::vector<std::string> split_at(std::string_view text, char mark) {
  std::vector<std::string> parts;
  while (!text.empty()) {
    const size_t end = std::min(text.find(mark), text.size());
    if (end > 0) parts.emplace_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::vector<std::string> command_with(const std::string& command, const std::string& url) {
  std::vector<std::string> argv = split_at(command, ' ');
  bool placed = false;
  for (std::string& word : argv) {
    const size_t at = word.find("%s");
    if (at == std::string::npos) continue;
    word.replace(at, 2, url);
    placed = true;
  }
  if (!placed) argv.push_back(url);
  return argv;
}

bool has_value(const char* variable) {
  const char* const value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

/// Without a screen, the desktop's command could start a browser that wants a terminal.
bool this_machine_has_screen() {
#ifdef __APPLE__
  return !has_value("SSH_CONNECTION");
#else
  return has_value("DISPLAY") || has_value("WAYLAND_DISPLAY");
#endif
}

}  // namespace

std::vector<std::vector<std::string>> browser_commands(const std::string& browser,
                                                       const std::string& url, bool has_screen) {
  std::vector<std::vector<std::string>> commands;
  for (const std::string& command : split_at(browser, ':'))
    if (!trimmed(command).empty()) commands.push_back(command_with(command, url));
  if (commands.empty() && has_screen) commands.push_back({kDesktopCommand, url});
  return commands;
}

std::unique_ptr<Process> open_browser(Loop& loop, const std::string& url,
                                      std::function<void(int status)> on_exit) {
  const char* const variable = std::getenv("BROWSER");
  std::vector<std::string> env;
  for (char** each = environ; *each != nullptr; ++each) env.emplace_back(*each);
  for (auto& argv : browser_commands(variable ? variable : "", url, this_machine_has_screen())) {
    SpawnOptions options;
    options.file = argv.front();
    options.args = std::move(argv);
    options.env = env;
    options.fds = {-1, -1, -1};
    if (auto process = Process::spawn(loop, options, on_exit)) return std::move(*process);
  }
  return nullptr;
}

}  // namespace callgate
