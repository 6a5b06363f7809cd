// Declares what a command accepts. The parser, the help text and the tests of the manual all use
// this declaration.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common.h"

namespace callgate {

/// One option or word. The target must outlive the parse.
struct Argument {
  using Target = std::variant<bool*, uint64_t*, std::string*, std::vector<std::string>*>;
  enum class Kind { Option, Required, Optional, Many };
  Kind kind = Kind::Option;
  std::string names;        ///< "--limit" or "-n,--lines"; for a word its name: "NAME"
  std::string placeholder;  ///< for an option's value; empty for a flag
  std::string about;
  Target target;
  std::vector<std::string> allowed;  ///< empty: any value
};

class Syntax {
 public:
  void flag(std::string names, bool& to, std::string about);
  void value(std::string names, std::string placeholder, std::string& to, std::string about);
  void number(std::string names, std::string placeholder, uint64_t& to, std::string about);
  void choice(std::string names, std::vector<std::string> allowed, std::string& to,
              std::string about);
  /// An option that may be repeated.
  void values(std::string names, std::string placeholder, std::vector<std::string>& to,
              std::string about);
  void required(std::string name, std::string& to, std::string about);
  void optional(std::string name, std::string& to, std::string about);
  /// One or more words.
  void many(std::string name, std::vector<std::string>& to, std::string about);
  const std::vector<Argument>& arguments() const { return arguments_; }

 private:
  std::vector<Argument> arguments_;
};

using Run = std::function<int(const Common&)>;

/// What a command does to the rights of clients. run_command_line checks it before the command
/// runs.
enum class Right {
  Reads,    ///< shows something, or writes only files that its caller could write itself
  Acts,     ///< opens a session, with the client's rights if a client's descendant runs it
  Changes,  ///< changes rights or what runs; refused for descendants of a client or server
};

/// A row of main's table. `words` is, for example, "history list". add() declares the arguments and
/// returns what to run.
struct Command {
  std::string_view words, about;
  Run (*add)(Syntax&);
  Right right;
  bool hidden = false;  ///< for internal use; help texts leave it out
};

/// The first word of several commands. `callgate history` alone runs the group's first command.
struct Group {
  std::string_view word, about;
};

/// Declares the global options; their values go to `common`.
Syntax global_syntax(Common& common);
/// Returns all names of an argument: "-n" and "--limit" for "-n,--limit".
std::vector<std::string> names_of(const Argument& argument);

/// Fills the targets. An error's message names the wrong word and the most similar valid one.
Status parse_arguments(const Syntax& command, const Syntax& global,
                       const std::vector<std::string>& words);

std::string help_of(const Command& command, const Syntax& syntax, const Syntax& global);
std::string help_of_all(const std::vector<Command>& commands, const std::vector<Group>& groups,
                        std::string_view under, const Syntax& global);

}  // namespace callgate
