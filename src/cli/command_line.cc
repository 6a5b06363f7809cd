#include "command_line.h"

#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>

#include "callgate/base/log.h"
#include "cli/gates/caller.h"
#include "cli/text/terminal.h"
#include "finder.h"
#include "version.h"

namespace callgate {

namespace {

constexpr std::string_view kHelp = "--help";

struct Split {
  std::string path;  ///< the words that name a command, such as "history list"; may be empty
  std::vector<std::string> rest;  ///< everything else, in order
};

/// Returns 1 if `word` is a global option whose value is the next word, otherwise 0.
size_t values_after(const Syntax& global, const std::string& word) {
  for (const Argument& argument : global.arguments()) {
    if (word == argument.names) return argument.placeholder.empty() ? 0 : 1;
  }
  return 0;
}

bool is_global(const Syntax& global, const std::string& word) {
  const std::string name = word.substr(0, word.find('='));
  if (name == kHelp || name == "-h" || name == "--version") return true;
  return std::any_of(global.arguments().begin(), global.arguments().end(),
                     [&](const Argument& argument) { return argument.names == name; });
}

/// Separates the words that name the command ("history list") from all other words. Global options
/// may appear between the words of the name. The name ends before the first argument and before the
/// first option of the command itself.
Result<Split> split(const Finder& finder, const Syntax& global,
                    const std::vector<std::string>& words) {
  Split out;
  size_t at = 0;
  while (at < words.size() && (out.path.empty() || finder.group(out.path) != nullptr)) {
    const std::string& word = words[at];
    if (is_option(word)) {
      if (!is_global(global, word)) break;
      const size_t end = std::min(at + 1 + values_after(global, word), words.size());
      out.rest.insert(out.rest.end(), words.begin() + static_cast<std::ptrdiff_t>(at),
                      words.begin() + static_cast<std::ptrdiff_t>(end));
      at = end;
      continue;
    }
    const std::string next = out.path.empty() ? word : out.path + " " + word;
    if (finder.command(next) == nullptr && finder.group(next) == nullptr) {
      return Error{"usage",
                   fmt::format("unknown command '{}'{}", next,
                               did_you_mean(word, finder.words_after(out.path))),
                   ""};
    }
    out.path = next;
    ++at;
  }
  out.rest.insert(out.rest.end(), words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
  return out;
}

bool asks_for(const std::vector<std::string>& words, std::string_view option,
              std::string_view other) {
  for (const std::string& word : words) {
    if (word == "--") return false;
    if (word == option || word == other) return true;
  }
  return false;
}

int show_help(const std::vector<Command>& commands, const std::vector<Group>& groups,
              const Finder& finder, const std::string& path, const Syntax& global) {
  if (path.empty() || finder.group(path) != nullptr) {
    print(help_of_all(commands, groups, path, global));
    return kDone;
  }
  const Command& command = *finder.command(path);
  Syntax syntax;
  const Run unused = command.add(syntax);
  print(help_of(command, syntax, global));
  return kDone;
}

/// Returns true if the user gave --dry-run, with which a command only shows what it would change.
bool changes_nothing(const Syntax& syntax) {
  return std::any_of(syntax.arguments().begin(), syntax.arguments().end(),
                     [](const Argument& argument) {
                       return argument.names == "--dry-run" && *std::get<bool*>(argument.target);
                     });
}

/// Returns kDone if the command may run; otherwise prints the reason to stderr and returns the exit
/// code. Checks only commands with Right::Changes, because those with Right::Reads are always
/// allowed, and those with Right::Acts determine their rights themselves.
int may_run(const Command& command, const Syntax& syntax, const Common& common) {
  if (command.right != Right::Changes || changes_nothing(syntax)) return kDone;
  const Result<Places> places = find_places(common.config);
  if (!places) return fail(places.error());
  return may_change(command.words, *places);
}

void set_log(const Common& common) {
  log::set_level(common.quiet     ? log::Level::Error
                 : common.verbose ? log::Level::Debug
                                  : log::Level::Info);
  log::set_color(wants_color(common, isatty(STDERR_FILENO) == 1));
}

}  // namespace

int run_command_line(const std::vector<Command>& commands, const std::vector<Group>& groups,
                     const std::vector<std::string>& words) {
  Common common;
  const Syntax global = global_syntax(common);
  const Finder finder(commands, groups);
  const Result<Split> parts = split(finder, global, words);
  if (!parts) return wrong_usage(parts.error().message);
  if (asks_for(parts->rest, kHelp, "-h"))
    return show_help(commands, groups, finder, parts->path, global);
  if (asks_for(parts->rest, "--version", "--version")) {
    print(fmt::format("callgate {}\n", kVersion));
    return kDone;
  }
  const Command& command = finder.group(parts->path) != nullptr ? *finder.first_of(parts->path)
                                                                : *finder.command(parts->path);
  Syntax syntax;
  const Run run = command.add(syntax);
  const Status parsed = parse_arguments(syntax, global, parts->rest);
  if (!parsed) {
    const std::string where =
        command.words.empty() ? std::string() : fmt::format("{}: ", command.words);
    return wrong_usage(where + parsed.error().message);
  }
  if (common.json && common.jsonl) return wrong_usage("--json and --jsonl exclude each other");
  set_log(common);
  const int may = may_run(command, syntax, common);
  return may == kDone ? run(common) : may;
}

}  // namespace callgate
