#include "callgate/guard/effect.h"

#include <algorithm>

#include "callgate/base/name_words.h"
#include "callgate/base/text.h"

namespace callgate {

namespace {

constexpr std::string_view kReadVerbs[] = {
    "analyze",    "ask",      "browse",  "cat",     "check",    "compare", "count",    "describe",
    "diff",       "download", "examine", "explain", "explore",  "fetch",   "file",     "filter",
    "find",       "get",      "glob",    "grep",    "head",     "info",    "inspect",  "inspects",
    "list",       "log",      "lookup",  "ls",      "open",     "peek",    "poll",     "preview",
    "print",      "pwd",      "query",   "read",    "recall",   "resolve", "retrieve", "scan",
    "screenshot", "search",   "select",  "show",    "snapshot", "stat",    "status",   "summarize",
    "tail",       "trace",    "tree",    "verify",  "view",     "watch",   "wc",       "which"};
constexpr std::string_view kWriteVerbs[] = {
    "add",      "append",   "apply",   "approve",  "archive",   "assign",  "book",     "cancel",
    "checkout", "chmod",    "clear",   "click",    "close",     "commit",  "copy",     "cp",
    "create",   "delete",   "deploy",  "disable",  "drag",      "drop",    "edit",     "enable",
    "fill",     "fork",     "import",  "insert",   "install",   "kill",    "make",     "merge",
    "mkdir",    "move",     "mv",      "navigate", "overwrite", "patch",   "pay",      "pip",
    "post",     "press",    "publish", "push",     "put",       "rebase",  "remember", "remove",
    "rename",   "replace",  "reply",   "reset",    "restart",   "restore", "revert",   "rm",
    "save",     "schedule", "send",    "set",      "share",     "start",   "stop",     "store",
    "submit",   "sync",     "touch",   "transfer", "type",      "unlink",  "unzip",    "update",
    "upload",   "upsert",   "write"};
constexpr std::string_view kTime[] = {"clock", "date", "datetime", "now", "time", "timestamp"};
constexpr std::string_view kWait[] = {"delay", "idle", "pause", "sleep", "wait"};
/// Words for states that agents look at again after each change.
constexpr std::string_view kState[] = {"diagnostics", "diff",     "graph",  "lint",     "linter",
                                       "screenshot",  "snapshot", "status", "typecheck"};
constexpr std::string_view kShells[] = {"bash", "cmd", "command", "execute",  "exec", "powershell",
                                        "run",  "sh",  "shell",   "terminal", "zsh"};
constexpr std::string_view kReadOfGit[] = {"blame",    "branch",    "cat-file", "diff",  "log",
                                           "ls-files", "rev-parse", "show",     "status"};

static_assert(std::ranges::is_sorted(kReadVerbs) && std::ranges::is_sorted(kWriteVerbs));

Effect of_word(std::string_view word) {
  if (std::ranges::binary_search(kWriteVerbs, word)) return Effect::Write;
  if (std::ranges::binary_search(kReadVerbs, word)) return Effect::Read;
  return has(kWait, word) ? Effect::Wait : Effect::Unknown;
}

/// Returns the effect of a command line, by its verb. A line with pipes, several commands,
/// substitutions or redirections is Unknown.
Effect of_command(std::string_view command) {
  command = trimmed(command);
  if (command.size() > 1024 || command.find_first_of(";|&><`$(\n") != std::string_view::npos)
    return Effect::Unknown;
  const size_t end = command.find(' ');
  std::string_view verb = command.substr(0, end);
  if (const size_t slash = verb.rfind('/'); slash != std::string_view::npos)
    verb.remove_prefix(slash + 1);
  if (verb == "git" && end != std::string_view::npos) {
    const std::string_view rest = trimmed(command.substr(end));
    return has(kReadOfGit, rest.substr(0, rest.find(' '))) ? Effect::Read : Effect::Unknown;
  }
  if (verb == "find" && command.find(" -delete") != std::string_view::npos) return Effect::Write;
  if (verb == "test" || verb == "make" || verb == "file" || verb == "open" || verb == "start")
    return Effect::Unknown;
  return of_word(verb);
}

}  // namespace

Effect effect_of(std::string_view tool, Value args, std::optional<bool> read_only_hint) {
  if (read_only_hint) return *read_only_hint ? Effect::Read : Effect::Write;
  const Words words = words_of(tool);
  bool shell = false;
  Effect effect = Effect::Unknown;
  for (size_t i = 0; i < words.count; ++i) {
    if (has(kShells, words.word[i])) shell = true;
    const Effect found = of_word(words.word[i]);
    // The first verb decides, unless a writing verb follows "or" or "and" ("get_or_create" writes).
    // If the name has a shell's word ("run_tests", "execute_query"), only a plain command can
    // decide.
    if (effect == Effect::Unknown)
      effect = found;
    else if (found == Effect::Write && i > 0 &&
             (words.word[i - 1] == "or" || words.word[i - 1] == "and"))
      effect = found;
  }
  if (!shell) return effect;
  for (const char* key : {"command", "cmd", "script"})
    if (const Value command = args.find(key); command.is_string())
      return of_command(command.text());
  return Effect::Unknown;
}

bool reads_state(std::string_view tool) { return words_of(tool).any_of(kState); }

bool returns_time(std::string_view tool) {
  const auto has_part = [tool](std::string_view part) {
    return tool.find(part) != std::string_view::npos;
  };
  if (!has_part("ime") && !has_part("ate") && !has_part("lock") && !has_part("ow")) return false;
  return words_of(tool).any_of(kTime);
}

}  // namespace callgate
