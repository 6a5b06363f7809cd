#include "callgate/app/rules.h"

#ifdef __linux__
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>
#endif

#include "app/environment/server_folders.h"
#include "callgate/io/paths.h"

namespace callgate {

namespace {

#ifdef __linux__
// Numbers of file systems that ignore case in names. Not every version of <linux/magic.h> defines
// them.
constexpr uint32_t kExfat = 0x2011bab0, kNtfs = 0x5346544e, kNtfs3 = 0x7366746e, kCifs = 0xff534d42,
                   kSmb2 = 0xfe534d42;

/// True if the folder has the flag that makes ext4 and f2fs ignore case in names.
bool has_folding_flag(const std::string& folder) {
#ifdef FS_CASEFOLD_FL
  const int fd = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return false;
  int flags = 0;
  const bool folds = ::ioctl(fd, FS_IOC_GETFLAGS, &flags) == 0 && (flags & FS_CASEFOLD_FL) != 0;
  ::close(fd);
  return folds;
#else
  return folder.empty();
#endif
}
#endif

/// True if, in this folder, two names that differ only in case mean the same file.
bool folds_case([[maybe_unused]] const std::string& folder) {
#ifdef __APPLE__
  return true;  // as the file systems of macOS do, unless formatted otherwise
#else
  struct statfs about {};
  if (::statfs(folder.c_str(), &about) != 0) return false;
  for (const uint32_t kind : {uint32_t{MSDOS_SUPER_MAGIC}, kExfat, kNtfs, kNtfs3, kCifs, kSmb2})
    if (static_cast<uint32_t>(about.f_type) == kind) return true;
  return has_folding_flag(folder);
#endif
}

// Returns `path` as an absolute path. A person may have typed a relative path for the
// configuration.
std::string absolute(const std::string& path) {
  if (path.front() == '/') return path;
  return resolve_path(path, "").value_or(path);
}

RealFolder real_folder(const std::string& path, const std::string& home) {
  std::string real = resolve_path(path, home).value_or(path);
  const bool folds = folds_case(real);
  return {std::move(real), folds};
}

// Compiles rules. An error of Policy::compile names the line of a rule, but not the file, so this
// function adds the file.
Result<Policy> compile(const PolicyConfig& rules, std::vector<std::string> guarded,
                       const Config& config, const std::string& home, const PolicyPlaces& places) {
  Result<Policy> policy = Policy::compile(rules, std::move(guarded), home, places);
  if (!policy && policy.error().message.rfind("line ", 0) == 0)
    policy.error().message.replace(0, 5, config.path + ":");
  return policy;
}

}  // namespace

Result<Rules> compile_rules(const Config& config, const Places& places) {
  PolicyPlaces found;
  found.resolve_folder = [&places](const std::string& path) {
    return real_folder(path, places.home);
  };
  for (const ServerConfig& server : config.servers)
    found.servers.emplace(server.name, folders_of(server, places.home, own_variable));
  std::vector<std::string> guarded = {places.state_dir};
  // Protects the whole default folder of configurations, which contains only our files. If the
  // configuration is elsewhere, other files of the user may be next to it, so only the file itself
  // is protected.
  if (!places.config_dir.empty()) guarded.push_back(places.config_dir);
  if (!config.path.empty()) guarded.push_back(absolute(config.path));
  Result<Policy> policy = compile(config.policy, std::move(guarded), config, places.home, found);
  if (!policy) return policy.error();
  Rules rules{std::move(*policy), {}};
  for (const ProfileConfig& profile : config.profiles) {
    Result<Policy> own = compile(profile.policy, {}, config, places.home, found);
    if (!own) return own.error();
    Profile made{std::nullopt, std::move(*own), profile.accounts};
    if (profile.servers) made.servers.emplace(profile.servers->begin(), profile.servers->end());
    rules.profiles.emplace(profile.name, std::move(made));
  }
  return rules;
}

}  // namespace callgate
