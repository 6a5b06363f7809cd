#include "stored_lists.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstring>
#include <ctime>

#include "app/environment/server_folders.h"
#include "callgate/base/ascii.h"
#include "callgate/base/digest.h"
#include "callgate/base/log.h"
#include "callgate/io/work.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr int64_t kFormat = 2;
constexpr std::string_view kEnding = ".json";
constexpr size_t kReadable = 40;  // most characters of a server's name in a file's name
constexpr Millis kListsLimit{30'000};
constexpr Millis kPause{10'000};  // from one write of a file to the next
constexpr Millis kTidyAfter{2'000};
constexpr time_t kForgotten = 30 * 24 * 3600;  // in seconds; older unused files are removed
constexpr time_t kDay = 24 * 3600;

// Reads a file into `text`. Returns "" if the file was read or does not exist, or else the reason
// why the file cannot be used.
std::string read_file(const std::string& file, std::string& text) {
  const int fd = ::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK | O_NOFOLLOW);
  if (fd < 0) return errno == ENOENT ? "" : std::strerror(errno);
  struct stat about {};
  std::string why;
  if (::fstat(fd, &about) != 0 || !S_ISREG(about.st_mode))
    why = "it is not a regular file";
  else if (about.st_uid != ::geteuid() || (about.st_mode & 022) != 0)
    why = "other users may have written it";
  else if (static_cast<uint64_t>(about.st_size) > StoredLists::kLargest)
    why = "it is larger than 16 MiB";
  if (why.empty()) {
    text.resize(static_cast<size_t>(about.st_size));
    size_t have = 0;
    ssize_t got = 1;
    while (have < text.size() && got > 0) {
      got = ::read(fd, text.data() + have, text.size() - have);
      if (got > 0) have += static_cast<size_t>(got);
    }
    if (have < text.size()) why = got < 0 ? std::strerror(errno) : "it became shorter";
  }
  ::close(fd);
  if (!why.empty()) text.clear();
  return why;
}

// Writes a file. Returns "", or the error. Does not call fsync: if a power cut damages the file, it
// cannot be parsed and counts as missing.
std::string write_file(const std::string& folder, const std::string& name,
                       const std::string& text) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) return std::strerror(errno);
  const std::string file = folder + "/" + name;
  const std::string fresh = file + "." + hex(random_bytes(4)) + ".tmp";
  const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (fd < 0) return std::strerror(errno);
  std::string_view left = text;
  int reason = 0;
  while (!left.empty() && reason == 0) {
    const ssize_t put = ::write(fd, left.data(), left.size());
    if (put > 0)
      left.remove_prefix(static_cast<size_t>(put));
    else if (put == 0 || errno != EINTR)
      reason = put == 0 ? EIO : errno;
  }
  ::close(fd);
  if (reason == 0 && ::rename(fresh.c_str(), file.c_str()) != 0) reason = errno;
  if (reason != 0) ::unlink(fresh.c_str());
  return reason == 0 ? "" : std::strerror(reason);
}

// The second line of a file has the lists, or an empty object if only other things are known of the
// server.
bool has_lists(std::string_view text) { return !text.empty() && !text.ends_with("\n{}"); }

bool is_ours(std::string_view name) {
  const auto ends = [name](std::string_view end) {
    return name.size() > end.size() && name.substr(name.size() - end.size()) == end;
  };
  return name.front() != '.' && (ends(".json") || ends(".tmp"));
}

void tidy_folder(const std::string& folder, const std::vector<std::string>& in_use) {
  DIR* all = ::opendir(folder.c_str());
  if (!all) return;
  const time_t now = std::time(nullptr);
  const int at = ::dirfd(all);
  while (const dirent* one = ::readdir(all)) {
    const std::string name = one->d_name;
    struct stat about {};
    if (!is_ours(name) || ::fstatat(at, name.c_str(), &about, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(about.st_mode))
      continue;
    const time_t age = now - about.st_mtime;
    const bool used = std::find(in_use.begin(), in_use.end(), name) != in_use.end();
    // The modification time of a file records when it was last used (to the day), so that gates
    // with other configurations do not remove it.
    if (used && age > kDay) ::utimensat(at, name.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
    if (!used && age > kForgotten) ::unlinkat(at, name.c_str(), 0);
  }
  ::closedir(all);
}

// Returns the names of all files with lists, sorted.
std::vector<std::string> names_in(const std::string& folder) {
  std::vector<std::string> names;
  DIR* all = ::opendir(folder.c_str());
  if (!all) return names;
  while (const dirent* one = ::readdir(all))
    if (std::string_view(one->d_name).ends_with(kEnding)) names.emplace_back(one->d_name);
  ::closedir(all);
  std::sort(names.begin(), names.end());
  return names;
}

// Returns those of the sorted `names` that begin with `start` (see name_start()): the files of one
// server with one configuration, for all working folders.
std::vector<std::string> names_with(const std::vector<std::string>& names,
                                    const std::string& start) {
  const auto first = std::lower_bound(names.begin(), names.end(), start);
  return {first, std::find_if(first, names.end(),
                              [&](const auto& name) { return !name.starts_with(start); })};
}

// Returns the name of the newest of these files; "" if there is none.
std::string newest_of(const std::string& folder, const std::vector<std::string>& names) {
  std::string newest;
  time_t at = 0;
  for (const std::string& name : names) {
    struct stat about {};
    if (::lstat((folder + "/" + name).c_str(), &about) != 0 || !S_ISREG(about.st_mode) ||
        about.st_size == 0 || (!newest.empty() && about.st_mtime <= at))
      continue;
    newest = name;
    at = about.st_mtime;
  }
  return newest;
}

// Returns the beginning of the name of a server's file. It depends on everything that may influence
// the server's lists, except the working folder.
std::string name_start(const ServerConfig& server, int64_t format) {
  JsonWriter key;
  key.begin_array().integer(format).string(server.name);
  key.string(server.remote ? server.remote->url : server.command);
  key.strings(server.args).begin_array();
  for (const auto& [name, value] : server.named_values()) key.string(name).string(value);
  key.end_array().strings(server.env_pass).integer(static_cast<int64_t>(server.era));
  // Without an account the name stays as it was before there were accounts.
  if (!server.account().empty()) key.string(server.account());
  const std::string digest = hex(sha256(key.end_array().take())).substr(0, 24);
  std::string readable = server.name.substr(0, kReadable);
  for (char& c : readable)
    if (!is_letter_or_digit(c) && c != '-') c = '_';
  return readable + "-" + digest + "-";
}

}  // namespace

// The name depends on the values of `env` as they are written in the configuration (${secret:KEY},
// for example), not on the resolved values. Resolving them may run slow commands, and a server with
// a new key rarely has other lists. If stored lists are wrong, the gate notifies clients as soon as
// the server has started.
std::string StoredLists::file_name(const ServerConfig& server) {
  const std::string folder = hex(sha256(working_folder(server))).substr(0, 12);
  return name_start(server, kFormat) + folder + std::string(kEnding);
}

bool StoredLists::kept(const std::string& state_dir, const ServerConfig& server) {
  const std::string folder = state_dir + "/catalog";
  const std::vector<std::string> names = names_in(folder);
  const auto has_file = [&](const ServerConfig& one) {
    const std::string name = newest_of(folder, names_with(names, name_start(one, kFormat)));
    std::string text;
    return !name.empty() && read_file(folder + "/" + name, text).empty() && has_lists(text);
  };
  if (!server.remote || server.remote->accounts.empty()) return has_file(server);
  // The lists of any account count.
  ServerConfig one = server;
  one.remote->account.clear();
  const auto& accounts = server.remote->accounts;
  return has_file(one) || std::any_of(accounts.begin(), accounts.end(), [&](const auto& account) {
           one.remote->account = account.name;
           return has_file(one);
         });
}

void StoredLists::forget_missing(const std::string& state_dir, const ServerConfig& server) {
  const std::string folder = state_dir + "/catalog";
  for (const std::string& name : names_with(names_in(folder), name_start(server, kFormat))) {
    const std::string file = folder + "/" + name;
    std::string text;
    if (read_file(file, text).empty() && !has_lists(text)) ::unlink(file.c_str());
  }
}

StoredLists::StoredLists(Loop& loop, std::string state_dir,
                         const std::vector<ServerConfig>& configured,
                         std::function<std::string(std::string)> mask)
    : loop_(loop), folder_(std::move(state_dir) + "/catalog"), mask_(std::move(mask)), soon_(loop) {
  for (const ServerConfig& server : configured) in_use_.push_back(file_name(server));
}

std::string StoredLists::load(ServerIndex, const ServerConfig& config) {
  const std::string name = file_name(config);
  const auto known = slots_.find(name);
  if (known != slots_.end() && known->second.next) return *known->second.next;
  std::string text = read(name);
  if (has_lists(text)) return text;
  // Lists that were saved for another working folder are better than none until the server has
  // started.
  std::vector<std::string> others = names_with(names(), name_start(config, kFormat));
  std::erase(others, name);
  const std::string other = newest_of(folder_, others);
  if (other.empty()) return text;
  in_use_.push_back(other);
  return read(other);
}

// At a start, the lists of all servers are loaded in one turn of the loop.
const std::vector<std::string>& StoredLists::names() {
  if (!names_) {
    names_ = names_in(folder_);
    loop_.post(lifetime_.guard([this] { names_.reset(); }));
  }
  return *names_;
}

std::string StoredLists::read(const std::string& name) const {
  std::string text;
  const std::string file = folder_ + "/" + name;
  if (const std::string why = read_file(file, text); !why.empty())
    log::warn("{} can't be used: {}; ignoring it", file, why);
  return text;
}

void StoredLists::save(ServerIndex, const ServerConfig& config, std::string json) {
  if (json.size() > kLargest) return;
  const std::string name = file_name(config);
  Slot& slot = slots_[name];
  slot.next = mask_ ? mask_(std::move(json)) : std::move(json);
  if (!slot.writing && (!slot.resting || ending_)) write(name);
}

void StoredLists::finish(std::function<void()> written) {
  ending_ = true;
  written_ = std::move(written);
  for (auto& [name, slot] : slots_)
    if (slot.next && !slot.writing) write(name);
}

void StoredLists::write(const std::string& name) {
  Slot& slot = slots_[name];
  slot.resting = slot.writing = true;
  ++writing_;
  const auto why = std::make_shared<std::string>();
  const auto work = [folder = folder_, file = name, text = std::move(*slot.next), why] {
    *why = write_file(folder, file, text);
  };
  slot.next.reset();
  run_blocking(loop_, Work::Short, kListsLimit, work,
               lifetime_.guard([this, name, why](bool finished) {
                 after_write(name, finished ? *why : "the disk does not answer");
               }));
}

void StoredLists::after_write(const std::string& name, const std::string& failure) {
  --writing_;
  Slot& slot = slots_[name];
  slot.writing = false;
  if (!failure.empty() && !std::exchange(warned_, true))
    log::warn(
        "the servers' lists can't be saved in {}: {}; the next gate must wait until the servers "
        "have started",
        folder_, failure);
  if (ending_) {
    if (slot.next) write(name);
    if (written_) written_();
    return;
  }
  slot.pause = std::make_unique<Timer>(loop_);
  slot.pause->start(kPause, [this, name] {
    Slot& rested = slots_[name];
    rested.resting = false;
    if (rested.next && !rested.writing) write(name);
  });
}

void StoredLists::tidy_soon() {
  soon_.start(kTidyAfter, [this] {
    run_blocking(
        loop_, Work::Long, kListsLimit,
        [folder = folder_, in_use = in_use_] { tidy_folder(folder, in_use); }, [](bool) {});
  });
}

}  // namespace callgate
