// Builds the help texts from the arguments that the commands declare.
#include <fmt/core.h>

#include <algorithm>

#include "syntax.h"

namespace callgate {

namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

std::string table(const Rows& rows) {
  size_t widest = 0;
  for (const auto& [left, right] : rows) widest = std::max(widest, left.size());
  std::string out;
  for (const auto& [left, right] : rows) out += fmt::format("  {:<{}}  {}\n", left, widest, right);
  return out;
}

std::string left_side(const Argument& a) {
  std::string out;
  for (const std::string& name : names_of(a)) out += (out.empty() ? "" : ", ") + name;
  return a.placeholder.empty() ? out : out + " " + a.placeholder;
}

Rows options(const Syntax& syntax) {
  Rows rows;
  for (const Argument& a : syntax.arguments()) {
    if (a.kind != Argument::Kind::Option) continue;
    const bool many = std::holds_alternative<std::vector<std::string>*>(a.target);
    rows.emplace_back(left_side(a), a.about + (many ? " (repeatable)" : ""));
  }
  return rows;
}

std::string global_part(const Syntax& global) {
  Rows rows = options(global);
  rows.emplace_back("--version", "print the version");
  rows.emplace_back("--help", "print this help");
  return "\nGlobal options\n" + table(rows);
}

}  // namespace

std::string help_of(const Command& command, const Syntax& syntax, const Syntax& global) {
  std::string usage = fmt::format("usage: callgate {}", command.words);
  Rows words;
  const Rows own = options(syntax);
  if (!own.empty()) usage += " [options]";
  for (const Argument& a : syntax.arguments()) {
    if (a.kind == Argument::Kind::Option) continue;
    usage += a.kind == Argument::Kind::Optional ? fmt::format(" [{}]", a.names) : " " + a.names;
    if (a.kind == Argument::Kind::Many) usage += "…";
    words.emplace_back(a.names, a.about);
  }
  std::string out = fmt::format("{}\n\n{}.\n", usage, command.about);
  if (!words.empty()) out += "\nArguments\n" + table(words);
  if (!own.empty()) out += "\nOptions\n" + table(own);
  return out + global_part(global);
}

std::string help_of_all(const std::vector<Command>& commands, const std::vector<Group>& groups,
                        std::string_view under, const Syntax& global) {
  Rows rows;
  for (const Command& command : commands) {
    const bool inside = under.empty() || command.words.substr(0, command.words.find(' ')) == under;
    if (inside && !command.hidden)
      rows.emplace_back(fmt::format("callgate {}", command.words), command.about);
  }
  std::string out = under.empty()
                        ? "usage: callgate [options]\n       callgate COMMAND [options]\n\n"
                        : fmt::format("usage: callgate {} [COMMAND] [options]\n\n", under);
  for (const Group& group : groups) {
    if (group.word == under) out += fmt::format("{}.\n", group.about);
  }
  out += "\nCommands\n" + table(rows);
  if (under.empty()) {
    Syntax server;  // the options of `callgate` without a command, the first row of the table
    const Run unused = commands.front().add(server);
    out += "\nOptions without a command\n" + table(options(server));
    std::string words;
    for (const Group& group : groups) {
      if (!group.word.empty()) words += fmt::format("{}{}", words.empty() ? "" : ", ", group.word);
    }
    out += fmt::format("\n{}: each of these words alone runs the first command of its group.\n",
                       words);
    out += "callgate COMMAND --help prints the options of a command.\n";
  } else {
    out += fmt::format("\ncallgate {} alone runs {}.\n", under, rows.front().first);
  }
  return out + global_part(global);
}

}  // namespace callgate
