#include "login_path.h"

#include <fmt/core.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>

#include "app/process/run_program.h"
#include "callgate/app/program_search.h"
#include "callgate/base/digest.h"
#include "callgate/io/paths.h"
#include "callgate/io/private_file.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::seconds;

constexpr seconds kFresh = std::chrono::hours(24);
// How long the failure of a shell is remembered. After this time, a child that is started makes us
// run the shell again.
constexpr seconds kFreshFailure = std::chrono::minutes(10);
constexpr PrivateKind kKind{
    .area = "login_path", .if_read = "remove it", .largest = size_t{256} << 10};

std::string account_shell() {
  passwd entry{};
  passwd* found = nullptr;
  std::string buffer(16384, '\0');
  const bool known =
      ::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found;
  return known ? found->pw_shell : "";
}

std::string shell_of(const LoginPathRequest& request) {
  const std::string shell = request.shell.empty() ? account_shell() : request.shell;
  const std::string name = shell.substr(shell.rfind('/') + 1);
  const bool usable = shell.starts_with('/') && name != "nologin" && name != "false" &&
                      ::access(shell.c_str(), X_OK) == 0;
  return usable ? shell : "";
}

/// Returns sets of options for the shell, which the caller tries one after the other until the
/// shell works. An interactive shell is best, because it reads all start files. But a start file
/// may replace an interactive shell by another program, so the last set starts a shell that is not
/// interactive.
std::vector<std::vector<std::string>> ways_to_ask(const std::string& shell) {
  const std::string name = shell.substr(shell.rfind('/') + 1);
  // csh and tcsh accept -l only as their only option.
  if (name == "csh" || name == "tcsh") return {{"-i", "-c"}, {"-c"}};
  return {{"-l", "-i", "-c"}, {"-l", "-c"}};
}

/// Returns a digest of everything that may influence the shell's answer: the request, and the times
/// of the shell's start files.
std::string cache_key(const LoginPathRequest& request, const std::string& shell) {
  constexpr const char* kFiles[] = {"~/.profile",
                                    "~/.bash_profile",
                                    "~/.bash_login",
                                    "~/.bashrc",
                                    "~/.zshenv",
                                    "~/.zprofile",
                                    "~/.zshrc",
                                    "~/.zlogin",
                                    "~/.config/fish/config.fish",
                                    "~/.cshrc",
                                    "~/.tcshrc",
                                    "~/.config/fish/fish_variables",
                                    "~/.login",
                                    "~/.config/fish/conf.d",
                                    "~/.config/environment.d",
                                    "/etc/profile",
                                    "/etc/profile.d",
                                    "/etc/zshenv",
                                    "/etc/zprofile",
                                    "/etc/zshrc",
                                    "/etc/zsh",
                                    "/etc/paths",
                                    "/etc/paths.d",
                                    "/etc/environment",
                                    "/etc/fish",
                                    "/etc/bash.bashrc",
                                    "/etc/bashrc"};
  JsonWriter key;
  key.begin_array().integer(1).string(shell).string(request.own_path).string(request.home);
  for (const char* variable : {"ZDOTDIR", "XDG_CONFIG_HOME", "ENV"})
    key.string(request.variable(variable).value_or(""));
  std::vector<std::string> files;
  for (const std::string file : kFiles)
    files.push_back(file.starts_with('~') ? request.home + file.substr(1) : file);
  if (const auto folder = request.variable("ZDOTDIR"))
    for (const char* name : {"/.zshenv", "/.zprofile", "/.zshrc", "/.zlogin"})
      files.push_back(*folder + name);
  for (const std::string& file : files) key.string(file_version(file));
  return hex(sha256(key.end_array().take()));
}

/// Returns the stored answer of the shell, which is "" if the shell printed no PATH. Returns
/// nullopt if no answer is stored, or if it is too old.
std::optional<std::string> read_cache(const std::string& file, const std::string& key,
                                      seconds now) {
  auto text = read_private(kKind, file);
  if (!text || !*text) return std::nullopt;
  Walker walker({.bytes = kKind.largest, .depth = 2, .nodes = 16});
  const auto message = walker.walk(std::move(**text));
  if (!message || !(*message)->root().find("key").text_is(key)) return std::nullopt;
  std::string path = (*message)->root().find("path").text();
  const seconds at((*message)->root().find("at").integer().value_or(0));
  const seconds fresh = path.empty() ? kFreshFailure : kFresh;
  // If the answer's time is in the future, the clock was set back, and we cannot know how old the
  // answer is.
  if (at > now || now - at >= fresh) return std::nullopt;
  return path;
}

void write_cache(const std::string& file, const std::string& key, seconds now,
                 const std::string& path) {
  JsonWriter json;
  json.begin_object().key("key").string(key).key("at").integer(static_cast<int64_t>(now.count()));
  const Status written =
      write_private(kKind, file, json.key("path").string(path).end_object().take() + "\n");
  static_cast<void>(written.ok());  // if it fails, the next child asks the shell again
}

std::string cached_or_asked(const LoginPathRequest& request) {
  const std::string shell = shell_of(request);
  if (shell.empty()) return "";
  if (request.state_dir.empty()) return ask_shell(request).value_or("");
  const std::string file = request.state_dir + "/login_path";
  const std::string key = cache_key(request, shell);
  if (const auto cached = read_cache(file, key, request.now)) return *cached;
  make_state_folder(request.state_dir);
  // If many children start at once, only one of them runs the shell. The others wait for the lock
  // and then use the stored answer.
  const PrivateLock lock(kKind, file);
  if (!lock.status().ok()) return "";
  if (const auto cached = read_cache(file, key, request.now)) return *cached;
  const std::string path = ask_shell(request).value_or("");
  write_cache(file, key, request.now, path);
  return path;
}

}  // namespace

std::optional<std::string> ask_shell(const LoginPathRequest& request) {
  const std::string shell = shell_of(request);
  if (shell.empty()) return std::nullopt;
  const auto until = Clock::now() + request.limit;
  // `begin` and `end` mark the PATH in the output. Start files may print the command itself, so the
  // command must not contain a whole mark: printf puts each mark together from two halves.
  const std::string one = hex(random_bytes(8)), other = hex(random_bytes(8));
  const std::string begin = one + other + ":", end = ":" + other + one;
  // The user's shell runs /bin/sh, which prints the PATH, so that the command has the same syntax
  // for every shell.
  const std::string command =
      fmt::format(R"(/bin/sh -c 'printf %s%s:%s:%s%s {0} {1} "$PATH" {1} {0}')", one, other);
  std::vector<std::string> env = request.env;
  // TERM=dumb keeps start files from printing colours and elaborate prompts. Users' start files may
  // test CALLGATE_RESOLVING_PATH to skip what is slow.
  std::erase_if(env, [](const std::string& each) { return each.starts_with("TERM="); });
  env.emplace_back("TERM=dumb");
  env.emplace_back("CALLGATE_RESOLVING_PATH=1");
  for (std::vector<std::string> words : ways_to_ask(shell)) {
    const auto left = std::chrono::duration_cast<Millis>(until - Clock::now());
    if (left <= Millis::zero()) break;
    words.insert(words.begin(), shell);
    words.push_back(command);
    const auto ran = run_program(
        {.argv = std::move(words),
         .env = env,
         .input = "",
         .limit = left,
         .most = size_t{256} << 10,
         .enough =
             [&end](std::string_view output) { return output.find(end) != std::string_view::npos; },
         .errors = Program::Errors::Dropped,
         .own_session = true});
    if (!ran) continue;
    const size_t from = ran->out.find(begin);
    const size_t to = from == std::string::npos ? from : ran->out.find(end, from + begin.size());
    if (to != std::string::npos)
      return ran->out.substr(from + begin.size(), to - from - begin.size());
  }
  return std::nullopt;
}

std::string login_path(const LoginPathRequest& request) {
  const std::string path = merged_path(request.own_path, cached_or_asked(request));
  return merged_path(path, joined_path(well_known_folders(request)));
}

}  // namespace callgate
