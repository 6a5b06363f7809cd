#include "callgate/app/kept_tools.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string_view>

#include "callgate/wire/message.h"
#include "stored_lists.h"

namespace callgate {

namespace {

constexpr size_t kFiles = 1000;

std::optional<std::string> read_some(int fd, size_t size) {
  std::string text(size, '\0');
  size_t got = 0;
  while (got < size) {
    const ssize_t part = ::read(fd, text.data() + got, size - got);
    if (part <= 0) return std::nullopt;
    got += static_cast<size_t>(part);
  }
  return text;
}

// Reads a file of saved lists. The first line names the server, and the second line contains its
// lists.
std::optional<KeptTools> read_lists(const std::string& text) {
  const size_t line = text.find('\n');
  if (line == std::string::npos) return std::nullopt;
  Walker walker({.bytes = StoredLists::kLargest, .nodes = 4'000'000});
  const auto head = walker.walk(text.substr(0, line));
  const auto lists = walker.walk(text.substr(line + 1));
  if (!head || !lists || !(*head)->root().find("server").is_string()) return std::nullopt;
  KeptTools kept{.server = (*head)->root().find("server").text()};
  const Value tools = (*lists)->root().find("tools");
  if (!tools.is_array()) return std::nullopt;
  for (const Value tool : tools) {
    ++kept.tools;
    kept.bytes += tool.raw().size();
    KeptTool one{.name = tool.find("name").text()};
    for (const Value property : tool.find("inputSchema").find("properties"))
      one.arguments.push_back(property.key());
    kept.list.push_back(std::move(one));
  }
  return kept;
}

}  // namespace

std::vector<KeptTools> kept_tools(const std::string& state_dir, Micros since) {
  std::map<std::string, std::pair<time_t, KeptTools>> newest;
  DIR* all = ::opendir((state_dir + "/catalog").c_str());
  if (!all) return {};
  size_t files = 0;
  while (const dirent* one = ::readdir(all)) {
    const std::string_view name = one->d_name;
    if (name.size() < 5 || name.substr(name.size() - 5) != ".json") continue;
    if (++files > kFiles) break;
    const int fd =
        ::openat(::dirfd(all), one->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (fd < 0) continue;
    struct stat about {};
    std::optional<std::string> text;
    if (::fstat(fd, &about) == 0 && S_ISREG(about.st_mode) && about.st_size > 0 &&
        static_cast<size_t>(about.st_size) <= StoredLists::kLargest &&
        about.st_mtime >= since.count() / 1'000'000)
      text = read_some(fd, static_cast<size_t>(about.st_size));
    ::close(fd);
    std::optional<KeptTools> kept = text ? read_lists(*text) : std::nullopt;
    if (!kept) continue;
    auto& known = newest[kept->server];
    if (about.st_mtime >= known.first) known = {about.st_mtime, *std::move(kept)};
  }
  ::closedir(all);
  std::vector<KeptTools> kept;
  for (auto& [server, found] : newest) kept.push_back(std::move(found.second));
  std::stable_sort(kept.begin(), kept.end(),
                   [](const KeptTools& a, const KeptTools& b) { return a.bytes > b.bytes; });
  return kept;
}

bool lists_are_kept(const std::string& state_dir, const ServerConfig& server) {
  return StoredLists::kept(state_dir, server);
}

void forget_missing(const std::string& state_dir, const ServerConfig& server) {
  StoredLists::forget_missing(state_dir, server);
}

}  // namespace callgate
