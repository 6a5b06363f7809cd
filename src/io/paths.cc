#include "callgate/io/paths.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "callgate/io/work.h"

namespace callgate {

namespace {

constexpr int kMostLinks = 40;  // as Linux

/// The parts of `path` in reverse, so that the next one is at the back. Empty and "." are dropped.
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

/// The target of the link at `at`; empty if it is not to be had.
std::optional<std::string> link_target(const std::string& at) {
  std::string target(PATH_MAX, '\0');
  const ssize_t size = ::readlink(at.c_str(), target.data(), target.size());
  if (size <= 0 || size >= PATH_MAX) return std::nullopt;
  target.resize(static_cast<size_t>(size));
  return target;
}

/// As the kernel walks, part by part. `real` never holds a link, so ".." takes its last part away.
std::optional<std::string> walk(const std::string& path) {
  std::vector<std::string> todo;
  push_parts(path, todo);
  std::string real;
  int links = 0;
  while (!todo.empty()) {
    const std::string part = std::move(todo.back());
    todo.pop_back();
    if (part == "..") {
      up(real);
      continue;
    }
    const size_t parent = real.size();
    real += '/';
    real += part;
    if (real.size() >= PATH_MAX) return std::nullopt;
    struct stat about {};
    if (::lstat(real.c_str(), &about) != 0) {
      if (errno != ENOENT && errno != ENOTDIR) return std::nullopt;
      continue;
    }
    if (!S_ISLNK(about.st_mode)) continue;
    const auto target = link_target(real);
    if (!target || ++links > kMostLinks) return std::nullopt;
    if ((*target)[0] == '/') {
      real.clear();
    } else {
      real.resize(parent);
    }
    push_parts(*target, todo);
  }
  return real.empty() ? "/" : real;
}

/// The path with ".." undone before any link is looked at; empty if it has none.
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

}  // namespace

std::optional<std::string> resolve_path(const std::string& path, const std::string& cwd) {
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
  if (full.size() >= PATH_MAX || full.find('\0') != std::string::npos) return std::nullopt;

  auto real = walk(full);
  const std::string plain = undo_parents(full);
  if (real && !plain.empty() && walk(plain) != real) return std::nullopt;
  return real;
}

void resolve_paths(Loop& loop, std::vector<PathQuestion> questions, Millis limit,
                   std::function<void(std::vector<std::optional<std::string>>)> done) {
  using Answers = std::vector<std::optional<std::string>>;
  // Shared with the working thread, which may outlast the limit and writes to it then, unread.
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
