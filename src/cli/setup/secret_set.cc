// `callgate secret set`: stores a secret. Reads the value from standard input and not from an
// argument, because all users of the machine can see the arguments of a process.
#include <fmt/core.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <optional>

#include "callgate/base/text.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/text/time_text.h"
#include "desktop.h"
#include "secrets.h"

namespace callgate {

namespace {

struct SetOptions {
  std::string name, in = "auto";
};

/// As long as this object exists, the terminal passes on each key at once and shows none. The
/// terminal's signal keys are off, so that Ctrl-C cannot end the process and leave the terminal in
/// this state.
class QuietTerminal {
 public:
  QuietTerminal() {
    if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
    termios quiet = before_;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO | ECHONL | ICANON | ISIG);
    quiet.c_cc[VMIN] = 1;
    quiet.c_cc[VTIME] = 0;
    changed_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
  }
  ~QuietTerminal() {
    if (changed_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }
  QuietTerminal(const QuietTerminal&) = delete;
  bool ok() const { return changed_; }

 private:
  termios before_{};
  bool changed_ = false;
};

/// Reads a line from the terminal. Handles Backspace, Ctrl-U, Ctrl-C and Ctrl-D itself, because the
/// terminal's own line editing silently cuts long lines. Returns nullopt if the user pressed Ctrl-C
/// or the terminal is gone.
std::optional<std::string> typed_line() {
  std::string line;
  for (char c = 0; line.size() <= kLargestSecret;) {
    const ssize_t got = ::read(STDIN_FILENO, &c, 1);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0 || c == '\x03') return std::nullopt;
    if (c == '\n' || c == '\r' || c == '\x04') break;
    if (c == '\x7F' || c == '\b') {
      if (!line.empty()) line.pop_back();
    } else if (c == '\x15') {
      line.clear();
    } else {
      line += c;
    }
  }
  return line;
}

/// Reads standard input (a pipe or a file) to its end, or until the text is longer than
/// kLargestSecret. Returns nullopt on an error.
std::optional<std::string> piped() {
  std::string text;
  char part[4096];
  while (text.size() <= kLargestSecret + 2) {
    const ssize_t got = ::read(STDIN_FILENO, part, sizeof part);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) break;
    text.append(part, static_cast<size_t>(got));
  }
  if (text.ends_with('\n')) text.pop_back();
  if (text.ends_with('\r')) text.pop_back();
  return text;
}

std::optional<std::string> read_value(const std::string& name) {
  if (isatty(STDIN_FILENO) != 1) return piped();
  const QuietTerminal quiet;
  if (!quiet.ok()) return std::nullopt;
  print_message(fmt::format("type the value of '{}' (the value is not shown), then Enter:", name));
  return typed_line();
}

SecretKeep keep_of(const std::string& word) {
  if (word == "keyring") return SecretKeep::Keyring;
  return word == "file" ? SecretKeep::File : SecretKeep::Auto;
}

void print_set(const SecretSet& set, const std::vector<std::string>& users, const Common& common) {
  if (common.json || common.jsonl) {
    JsonWriter json;
    json.begin_object().key("name").string(set.entry.name).key("in");
    json.string(secret_place_word(set.entry.place)).key("replaced").boolean(set.replaced);
    json.key("servers").begin_array();
    for (const std::string& user : users) json.string(user);
    return print_json(json.end_array().end_object().take());
  }
  if (common.quiet) return;
  const bool keyring = set.entry.place == SecretPlace::Keyring;
  print_message(fmt::format("secret '{}' is {}, in {}", set.entry.name,
                            set.replaced ? "changed" : "set",
                            keyring ? "the keyring" : "a file that only you can read"));
  if (!set.why_file.empty())
    print_message(fmt::format("the secret is not in the keyring: {}", set.why_file));
  if (users.empty())
    print_message(fmt::format(
        "no server refers to the secret yet: write \"${{secret:{}}}\" in the \"env\" of a server",
        set.entry.name));
  else
    print_message(fmt::format("servers that refer to the secret: {}", joined(users)));
}

int run_secret_set(const SetOptions& options, const Common& common) {
  if (!is_secret_name(options.name))
    return wrong_usage(
        "secret set: NAME has 1 to 64 letters, digits, '_', '.' or '-', and does not begin with "
        "'.' or '-'");
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  const auto value = read_value(options.name);
  if (!value) {
    print_message("nothing was changed");
    return kFailed;
  }
  const auto set =
      set_secret(places->state_dir, options.name, *value, keep_of(options.in), wall_now());
  if (!set) return fail(set.error());
  const size_t failed = have_gates_reload(*places, options.name);
  print_set(*set, users_of(servers_configured(*places), options.name), common);
  return failed > 0 ? kFailed : kDone;
}

}  // namespace

Run add_secret_set(Syntax& syntax) {
  const auto options = std::make_shared<SetOptions>();
  syntax.required("NAME", options->name,
                  "the secret's name; servers refer to it as ${secret:NAME}");
  syntax.choice("--in", {"auto", "keyring", "file"}, options->in,
                "where to store the secret; auto uses the keyring if there is one");
  return [options](const Common& common) { return run_secret_set(*options, common); };
}

}  // namespace callgate
