// What one command accepts, written once: the parser, the help text and the tests of the manual all
// read it.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "common.h"

namespace callgate {

/// One option or word. Targets outlive the parse.
struct Argument {
  using Target = std::variant<bool*, uint64_t*, std::string*, std::vector<std::string>*>;
  enum class Kind { Option, Required, Optional, Many };
  Kind kind = Kind::Option;
  std::string names;        ///< "--limit" or "-n,--lines"; a word's name: "NAME"
  std::string placeholder;  ///< of an option's value; empty for a flag
  std::string about;
  Target target;
  std::vector<std::string> allowed;  ///< empty: anything
};

class Syntax {
 public:
  void flag(std::string names, bool& to, std::string about);
  void value(std::string names, std::string placeholder, std::string& to, std::string about);
  void number(std::string names, std::string placeholder, uint64_t& to, std::string about);
  void choice(std::string names, std::vector<std::string> allowed, std::string& to,
              std::string about);
  /// May be given several times.
  void values(std::string names, std::string placeholder, std::vector<std::string>& to,
              std::string about);
  void required(std::string name, std::string& to, std::string about);
  void optional(std::string name, std::string& to, std::string about);
  /// One word or more.
  void many(std::string name, std::vector<std::string>& to, std::string about);
  const std::vector<Argument>& arguments() const { return arguments_; }

 private:
  std::vector<Argument> arguments_;
};

using Run = std::function<int(const Common&)>;

/// What a command does to the rights of clients; checked by the frame before it runs.
enum class Right {
  Reads,    ///< shows something, or writes only what its caller could write without us
  Acts,     ///< opens a session: below a client it has the rights of that client's session
  Changes,  ///< what clients or servers may do, or what runs: refused below a client or a server
};

/// A line of main's table. `words` is "history list"; add() declares the arguments and says what to
/// run.
struct Command {
  std::string_view words, about;
  Run (*add)(Syntax&);
  Right right;
  bool hidden = false;  ///< works, but stands in no help: for our own use
};

/// Words that stand before others: `callgate history` alone is its first command in the table.
struct Group {
  std::string_view word, about;
};

/// What the global options are; their values go to `common`.
Syntax global_syntax(Common& common);
/// "--limit" of "-n,--limit"; all of them.
std::vector<std::string> names_of(const Argument& argument);

/// Fills the targets. A usage error's message names the wrong word and the nearest right one.
Status parse_arguments(const Syntax& command, const Syntax& global,
                       const std::vector<std::string>& words);

std::string help_of(const Command& command, const Syntax& syntax, const Syntax& global);
std::string help_of_all(const std::vector<Command>& commands, const std::vector<Group>& groups,
                        std::string_view under, const Syntax& global);

}  // namespace callgate
