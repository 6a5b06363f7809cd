#include "keyring.h"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <string_view>
#include <vector>

#include "app/process/run_program.h"
#include "callgate/app/program_search.h"
#include "callgate/base/ascii.h"
#include "callgate/base/digest.h"

extern char** environ;

namespace callgate {

namespace {

constexpr Millis kAnswers{3'000};  // how long the keyring may take to answer at all
constexpr Millis kLookup{10'000};  // is longer, because a person may have to unlock the keyring
constexpr Millis kStore{30'000};
constexpr std::string_view kHexMark = "hex:";
constexpr size_t kLargestAnswer = 64 * 1024;

Error keyring_error(const std::string& why) {
  return {"secret.keyring", "the keyring " + why,
          "unlock the keyring, or keep the secret in a file: callgate secret set NAME --in file"};
}

/// Returns the text to store for a value. The tools change values that are not plain text (they
/// trim, cut or escape them), so such a value is stored as hex digits.
std::string encoded(const std::string& value) {
  const bool plain =
      !value.starts_with(kHexMark) && value.front() != ' ' && value.back() != ' ' &&
      std::all_of(value.begin(), value.end(), [](char c) { return c >= ' ' && c <= '~'; });
  return plain ? value : std::string(kHexMark) + hex(value);
}

Result<std::string> decoded(std::string text) {
  if (!text.starts_with(kHexMark)) return text;
  const std::string_view digits = std::string_view(text).substr(kHexMark.size());
  std::string value;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    const int high = hex_digit(digits[i]), low = hex_digit(digits[i + 1]);
    if (high < 0 || low < 0) return keyring_error("holds a value that was changed by hand");
    value += static_cast<char>(high << 4 | low);
  }
  return value;
}

std::string first_line(const std::string& text) {
  return text.substr(0, std::min(text.find('\n'), size_t{200}));
}

/// Returns the reason why the tool failed: its error message or, if it printed none, how it ended.
std::string why_not(const Result<Ran>& ran) {
  if (!ran) return "can't be asked: " + ran.error().message;
  if (ran->end == Ran::End::TooLate) return "did not answer in time";
  if (ran->end == Ran::End::TooLong) return "has returned more than 64 KiB";
  const std::string message = first_line(ran->err);
  return message.empty() ? "refuses" : "refuses: " + message;
}

bool went_well(const Result<Ran>& ran) {
  return ran && ran->end == Ran::End::Exited && ran->status == 0;
}

#ifdef __APPLE__

constexpr const char* kTool = "/usr/bin/security";
/// `security -i` reads lines of at most 4,096 bytes. Each byte of the text to store takes two hex
/// digits there, and the rest of the command must fit, too.
constexpr size_t kMostEncoded = 1'800;

Result<Ran> run_tool(const std::string& tool, std::vector<std::string> words, std::string input,
                     Millis limit) {
  words.insert(words.begin(), tool);
  return run_program({.argv = std::move(words),
                      .env = {},
                      .input = std::move(input),
                      .limit = limit,
                      .most = kLargestAnswer,
                      .enough = nullptr,
                      .errors = Program::Errors::Kept});
}

std::string service(const std::string& name) { return "callgate:" + name; }

Result<Ran> run_store(const std::string& tool, const std::string& name, const std::string& version,
                      const std::string& text) {
  // add-generic-password takes the value only as an argument, which other processes can read, or
  // asks for it at a terminal. But `security -i` reads whole commands from stdin, and other
  // processes cannot read these.
  const std::string line =
      "add-generic-password -U -s " + service(name) + " -a " + version + " -X " + hex(text) + "\n";
  return run_tool(tool, {"-i"}, line, kStore);
}

Result<Ran> run_lookup(const std::string& tool, const std::string& name,
                       const std::string& version) {
  return run_tool(tool, {"find-generic-password", "-s", service(name), "-a", version, "-w"}, "",
                  kLookup);
}

Result<Ran> run_clear(const std::string& tool, const std::string& name,
                      const std::string& version) {
  return run_tool(tool, {"delete-generic-password", "-s", service(name), "-a", version}, "",
                  kLookup);
}

bool says_none(const Ran& ran) {
  return WIFEXITED(ran.status) && WEXITSTATUS(ran.status) == 44;  // 44: errSecItemNotFound
}

Result<std::string> find_tool() {
  if (::access(kTool, X_OK) == 0) return std::string(kTool);
  return Error{"secret.keyring", std::string(kTool) + " is missing", ""};
}

Result<Ran> run_probe(const std::string& tool) {
  return run_tool(tool, {"default-keychain"}, "", kAnswers);
}

#else

/// secret-tool reads no more than this many bytes from stdin.
constexpr size_t kMostEncoded = 8'000;

bool is_socket(const std::string& path) {
  struct stat about {};
  return ::stat(path.c_str(), &about) == 0 && S_ISSOCK(about.st_mode);
}

/// Returns the address of the session bus; empty if no bus runs. Finds it in the same way as the
/// D-Bus libraries, but never starts a bus.
std::string session_bus() {
  if (const char* given = std::getenv("DBUS_SESSION_BUS_ADDRESS"); given && *given) return given;
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  const std::string folder =
      runtime && *runtime ? runtime : "/run/user/" + std::to_string(::getuid());
  return is_socket(folder + "/bus") ? "unix:path=" + folder + "/bus" : "";
}

Result<Ran> run_tool(const std::string& tool, std::vector<std::string> words, std::string input,
                     Millis limit) {
  words.insert(words.begin(), tool);
  std::vector<std::string> env{"DBUS_SESSION_BUS_ADDRESS=" + session_bus()};
  for (char** variable = environ; *variable; ++variable)
    if (!std::string_view(*variable).starts_with("DBUS_SESSION_BUS_ADDRESS="))
      env.emplace_back(*variable);
  return run_program({.argv = std::move(words),
                      .env = std::move(env),
                      .input = std::move(input),
                      .limit = limit,
                      .most = kLargestAnswer,
                      .enough = nullptr,
                      .errors = Program::Errors::Kept});
}

std::vector<std::string> words_for(const char* verb, const std::string& name,
                                   const std::string& version) {
  return {verb, "application", "callgate", "secret", name, "version", version};
}

Result<Ran> run_store(const std::string& tool, const std::string& name, const std::string& version,
                      const std::string& text) {
  auto words = words_for("store", name, version);
  words.insert(words.begin() + 1, "--label=callgate: " + name);
  return run_tool(tool, std::move(words), text, kStore);
}

Result<Ran> run_lookup(const std::string& tool, const std::string& name,
                       const std::string& version) {
  return run_tool(tool, words_for("lookup", name, version), "", kLookup);
}

Result<Ran> run_clear(const std::string& tool, const std::string& name,
                      const std::string& version) {
  return run_tool(tool, words_for("clear", name, version), "", kLookup);
}

/// True if the tool has reported that the keyring has no such entry. secret-tool exits with status
/// 1 for every failure, but it prints nothing only if the entry is missing.
bool says_none(const Ran& ran) {
  return ran.end == Ran::End::Exited && WIFEXITED(ran.status) && WEXITSTATUS(ran.status) == 1 &&
         ran.err.empty() && ran.out.empty();
}

Result<std::string> find_tool() {
  const char* path = std::getenv("PATH");
  const auto tool = find_program("secret-tool", std::string(path ? path : "") + ":/usr/bin");
  if (!tool) return Error{"secret.keyring", "secret-tool is not installed", ""};
  if (session_bus().empty()) return Error{"secret.keyring", "there is no session bus", ""};
  return *tool;
}

Result<Ran> run_probe(const std::string& tool) {
  return run_tool(tool, words_for("lookup", "none", "none"), "", kAnswers);
}

#endif

}  // namespace

Result<Keyring> Keyring::installed() {
  auto tool = find_tool();
  if (!tool) return tool.error();
  return Keyring(std::move(*tool));
}

Status Keyring::answers() const {
  const auto ran = run_probe(tool_);
  if (went_well(ran) || (ran && says_none(*ran))) return {};
  return keyring_error(why_not(ran));
}

bool Keyring::takes(const std::string& value) { return encoded(value).size() <= kMostEncoded; }

Status Keyring::store(const std::string& name, const std::string& version,
                      const std::string& value) const {
  const auto ran = run_store(tool_, name, version, encoded(value));
  if (!went_well(ran)) return keyring_error(why_not(ran));
  const auto back = lookup(name, version);
  if (back && *back == value) return {};
  clear(name, version);
  if (!back) return back.error();
  return keyring_error("did not store the value unchanged");
}

Result<std::string> Keyring::lookup(const std::string& name, const std::string& version) const {
  auto ran = run_lookup(tool_, name, version);
  if (ran && says_none(*ran))
    return Error{"secret.missing", "the keyring no longer has this secret",
                 "callgate secret set " + name};
  if (!went_well(ran)) return keyring_error(why_not(ran));
  if (ran->out.ends_with('\n')) ran->out.pop_back();
  return decoded(std::move(ran->out));
}

void Keyring::clear(const std::string& name, const std::string& version) const {
  const auto ran = run_clear(tool_, name, version);
  static_cast<void>(ran.ok());
}

}  // namespace callgate
