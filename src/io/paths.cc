#include "callgate/io/paths.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <linux/magic.h>
#include <sys/vfs.h>
#endif

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <utility>

#include "callgate/base/canonical.h"
#include "callgate/base/fold.h"
#include "callgate/io/work.h"

namespace callgate {

namespace {

constexpr size_t kMostLinks = 40;           // Linux follows at most as many in one path
constexpr size_t kMostEntries = 1'000'000;  // equal_name() reads at most this many of a folder
constexpr size_t kLongestText = size_t{64} << 10;  // the longest path, before ".." is resolved

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_proc(const std::string& folder) {
#ifdef __linux__
  struct statfs about {};
  return ::statfs(folder.c_str(), &about) == 0 && about.f_type == PROC_SUPER_MAGIC;
#else
  return folder == "/proc";
#endif
}

/// What a name in /proc is: the folder of our own process (Itself), the folder of another process
/// (Other), or something else (Outside).
enum class ProcessLink { Outside, Itself, Other };

/// Returns to which process the entry `part` of the folder `real` belongs. Returns Outside if
/// `real` is not a /proc file system (which may be mounted anywhere) or `part` is not the folder of
/// a process.
ProcessLink process_at(const std::string& real, std::string_view part) {
  const bool own = part == "self" || part == "thread-self";
  if ((!own && !is_number(part)) || real.empty() || !is_proc(real)) return ProcessLink::Outside;
  return own ? ProcessLink::Itself : ProcessLink::Other;
}

/// True for names in /proc/PID that have no fixed target. The target of such a name depends on
/// which process opens the name, or changes while the process PID runs.
bool depends_on_process(std::string_view part) {
  for (const std::string_view name : {"cwd", "root", "exe", "fd", "map_files", "task", "ns"})
    if (part == name) return true;
  return false;
}

/// Appends the parts of `path` to `todo` in reverse order, so that the next part to follow is the
/// last element. Drops empty parts and ".".
void push_parts(std::string_view path, std::vector<std::string>& todo) {
  std::vector<std::string> parts;
  while (!path.empty()) {
    const size_t slash = path.find('/');
    const auto part = path.substr(0, slash);
    if (!part.empty() && part != ".") parts.emplace_back(part);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  todo.insert(todo.end(), std::make_move_iterator(parts.rbegin()),
              std::make_move_iterator(parts.rend()));
}

void up(std::string& real) {
  const size_t slash = real.rfind('/');
  real.resize(slash == std::string::npos ? 0 : slash);
}

/// Returns the target of the symbolic link at the path `at`; empty if the link cannot be read.
std::optional<std::string> link_target(const std::string& at) {
  std::string target(PATH_MAX, '\0');
  const ssize_t size = ::readlink(at.c_str(), target.data(), target.size());
  if (size <= 0 || size >= PATH_MAX) return std::nullopt;
  target.resize(static_cast<size_t>(size));
  return target;
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

/// Looks in `folder`, where `part` does not exist, for a name that Unicode defines as equal to
/// `part`, because Apple's file systems and some servers open that file instead. Returns "" if the
/// folder has no such name, and nullopt if that is uncertain.
std::optional<std::string> equal_name(const std::string& folder, const std::string& part) {
  if (is_ascii(part)) return "";
  const std::unique_ptr<DIR, CloseFolder> entries(::opendir(folder.c_str()));
  if (!entries) return "";
  const std::string wanted = canonical(part);
  std::string found;
  size_t count = 0;
  while (const dirent* entry = ::readdir(entries.get())) {
    if (++count > kMostEntries) return std::nullopt;
    const std::string_view name = entry->d_name;
    if (is_ascii(name) || canonical(name) != wanted) continue;
    if (!found.empty()) return std::nullopt;
    found = name;
  }
  return found;
}

/// Walks a path part by part, as the kernel does. `real_` never contains a link, so ".." removes
/// its last part.
class Walk {
 public:
  explicit Walk(std::string_view path) { push_parts(path, todo_); }

  /// Returns the real paths of the links that were followed, in order.
  const std::vector<std::string>& links() const { return links_; }
  /// To be called after run(). Returns the real path that the walk ended at, or that of the first
  /// part that does not exist.
  std::string known_end() const { return real_.empty() ? "/" : real_.substr(0, missing_); }

  std::optional<std::string> run() {
    while (!todo_.empty()) {
      const std::string part = std::move(todo_.back());
      todo_.pop_back();
      if (!step(part)) return std::nullopt;
    }
    return real_.empty() ? "/" : real_;
  }

 private:
  bool step(const std::string& part) {
    if (part == "..") {
      up(real_);
      if (real_.size() < missing_) missing_ = std::string::npos;
      if (real_.size() < process_) process_ = std::string::npos;
      return true;
    }
    if (in_process() && depends_on_process(part)) return false;
    if (real_ == "/dev" && part == "fd") return false;
    const size_t parent = real_.size();
    const ProcessLink process = process_at(real_, part);
    real_ += '/';
    real_ += part;
    if (process != ProcessLink::Outside) process_ = real_.size();
    // /proc/self leads to a different folder in each process, so it is not followed.
    if (process == ProcessLink::Itself) return true;
    return is_missing() || look(parent);
  }

  bool look(size_t parent) {
    if (real_.size() >= PATH_MAX) return false;
    struct stat about {};
    if (::lstat(real_.c_str(), &about) != 0) {
      // No file can have a name that is too long, so such a name counts as missing (like ENOENT).
      if (errno != ENOENT && errno != ENOTDIR && errno != ENAMETOOLONG) return false;
      const auto equal =
          equal_name(parent == 0 ? "/" : real_.substr(0, parent), real_.substr(parent + 1));
      if (!equal) return false;
      if (!equal->empty()) real_.replace(parent + 1, std::string::npos, *equal);
      if (equal->empty() || ::lstat(real_.c_str(), &about) != 0) {
        missing_ = real_.size();
        return true;
      }
    }
    if (!S_ISLNK(about.st_mode)) return true;
    if (in_process()) return true;  // /proc/self/exe and similar names were refused above
    const auto target = link_target(real_);
    if (!target || links_.size() == kMostLinks) return false;
    links_.push_back(real_);
    if ((*target)[0] == '/') {
      real_.clear();
    } else {
      real_.resize(parent);
    }
    push_parts(*target, todo_);
    return true;
  }

  // True if a part of the path does not exist. Then nothing below it exists either, so the walk
  // does not ask the system about further parts.
  bool is_missing() const { return missing_ != std::string::npos; }
  bool in_process() const { return process_ != std::string::npos; }

  std::vector<std::string> todo_;
  std::string real_;
  size_t missing_ = std::string::npos;  // length of real_ up to its first missing part
  size_t process_ = std::string::npos;  // length of real_ up to the folder of a process
  std::vector<std::string> links_;
};

std::optional<std::string> walk(const std::string& path) { return Walk(path).run(); }

/// Returns `path` with each ".." resolved by the text alone, as if no part were a link; empty if
/// the path contains no "..".
std::string undo_parents(const std::string& path) {
  std::vector<std::string> todo;
  push_parts(path, todo);
  std::string plain;
  bool any = false;
  for (auto part = todo.rbegin(); part != todo.rend(); ++part) {
    if (*part == "..") {
      any = true;
      up(plain);
    } else {
      plain += '/' + *part;
    }
  }
  if (!any) return {};
  return plain.empty() ? "/" : plain;
}

/// Returns `path` as an absolute path. If it is relative, it starts at `cwd`, or at our working
/// folder if `cwd` is empty. Returns empty if the path is too long or cannot be a path.
std::optional<std::string> absolute_path(const std::string& path, const std::string& cwd) {
  std::string full;
  if (path.empty() || path[0] != '/') {
    full = cwd;
    if (full.empty()) {
      full.resize(PATH_MAX);
      if (!::getcwd(full.data(), full.size())) return std::nullopt;
      full.resize(full.find('\0'));
    }
    if (full[0] != '/') return std::nullopt;
    full += '/';
  }
  full += path;
  if (full.size() > kLongestText || full.find('\0') != std::string::npos) return std::nullopt;
  return full;
}

}  // namespace

std::optional<std::string> resolve_path(const std::string& path, const std::string& cwd) {
  const auto full = absolute_path(path, cwd);
  if (!full) return std::nullopt;
  auto real = walk(*full);
  const std::string plain = undo_parents(*full);
  if (real && !plain.empty() && walk(plain) != real) return std::nullopt;
  return real;
}

std::string file_version(const std::string& path) {
  struct stat about {};
  if (::stat(path.c_str(), &about) != 0) return "";
#ifdef __APPLE__
  const timespec changed = about.st_mtimespec;
#else
  const timespec changed = about.st_mtim;
#endif
  std::string version;
  for (const auto number :
       {static_cast<int64_t>(about.st_dev), static_cast<int64_t>(about.st_ino),
        static_cast<int64_t>(about.st_size), static_cast<int64_t>(changed.tv_sec),
        static_cast<int64_t>(changed.tv_nsec)})
    version += std::to_string(number) + ' ';
  return version;
}

std::vector<std::string> names_on_the_way(const std::string& path) {
  const auto full = absolute_path(path, "");
  if (!full) return {};
  Walk walk(*full);
  if (!walk.run()) return {};
  std::vector<std::string> names = walk.links();
  names.push_back(walk.known_end());
  return names;
}

void resolve_paths(Loop& loop, std::vector<PathQuestion> questions, Millis limit,
                   std::function<void(std::vector<std::optional<std::string>>)> done) {
  using Answers = std::vector<std::optional<std::string>>;
  // Shared with the thread that resolves the paths. If that takes longer than the limit, the thread
  // still writes its answers here, and nobody reads them.
  const auto answers = std::make_shared<Answers>();
  const size_t count = questions.size();
  run_blocking(
      loop, Work::Short, limit,
      [answers, questions = std::move(questions)] {
        for (const auto& question : questions)
          answers->push_back(resolve_path(question.path, question.cwd));
      },
      [answers, count, done = std::move(done)](bool finished) {
        done(finished ? std::move(*answers) : Answers(count));
      });
}

}  // namespace callgate
