// Declares the options and words that a command accepts. The parser, the help texts, the completion
// and the tests of the manuals all use these declarations.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cli/text/common.h"

namespace callgate {

/// One option or word of a command. The parser writes the value of the option or word to `target`,
/// which must outlive the parsing.
struct Argument {
  using Target = std::variant<bool*, uint64_t*, std::string*, std::vector<std::string>*>;
  enum class Kind { Option, Required, Optional, Many };
  Kind kind = Kind::Option;
  std::string names;        ///< of an option: "--limit" or "-n,--lines"; of a word: "NAME"
  std::string placeholder;  ///< the name of an option's value in help texts; empty for a flag
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
  /// Declares an option that may be given several times.
  void values(std::string names, std::string placeholder, std::vector<std::string>& to,
              std::string about);
  void required(std::string name, std::string& to, std::string about);
  void optional(std::string name, std::string& to, std::string about);
  /// Declares one or more words.
  void many(std::string name, std::vector<std::string>& to, std::string about);
  const std::vector<Argument>& arguments() const { return arguments_; }

 private:
  std::vector<Argument> arguments_;
};

using Run = std::function<int(const Common&)>;

/// What a command does to the rights of clients. run_command_line() checks this before it runs the
/// command.
enum class Right {
  /// The command only shows, or writes only files that its caller could write as well.
  Reads,
  /// The command opens a session, with the client's rights if a client's descendant runs it.
  Acts,
  /// The command changes rights or what runs. Descendants of a client or server may not run it.
  Changes,
};

/// A row of the table in main.cc. `words` are the words that name the command, such as "history
/// list". add() declares the command's arguments and returns the function that runs the command.
struct Command {
  std::string_view words, about;
  Run (*add)(Syntax&);
  Right right;
  bool hidden = false;  ///< for internal use; help texts leave it out
};

/// Commands with the same first word. `callgate history` alone runs the first command of its group.
struct Group {
  std::string_view word, about;
};

/// Declares the global options. The parser writes their values to `common`.
Syntax global_syntax(Common& common);
/// Returns all names of an argument: "-n" and "--limit" for "-n,--limit".
std::vector<std::string> names_of(const Argument& argument);

/// Parses `words` and writes the values to Argument::target. The message of an error has the wrong
/// word and the most similar valid one.
Status parse_arguments(const Syntax& command, const Syntax& global,
                       const std::vector<std::string>& words);

std::string help_of(const Command& command, const Syntax& syntax, const Syntax& global);
std::string help_of_all(const std::vector<Command>& commands, const std::vector<Group>& groups,
                        std::string_view under, const Syntax& global);

}  // namespace callgate
