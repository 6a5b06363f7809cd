// Completes a command line. The completion scripts of the shells run `callgate complete` to get the
// candidates, so they offer exactly what the installed program accepts.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/syntax.h"

namespace callgate {

struct Candidate {
  std::string word, about;
};

struct Completion {
  std::vector<Candidate> candidates;
  bool files = false;  ///< the next word is a file name; the shell completes it
};

/// Kinds of argument values that are not in the table of commands, but for example in files.
enum class ValueKind { None, File, Client, Outcome, Profile, Secret, Server, Shell };
/// Returns the values of one kind. complete() calls it at most once, and only if the word at the
/// cursor may be such a value. `config` is the value of --config, or empty.
using ValuesOf = std::function<std::vector<std::string>(ValueKind, const std::string& config)>;

/// Returns the candidates for the last of `words`, which are the words after the program's name up
/// to the cursor. The user is typing the last word, so it may be empty; the candidates begin with
/// it.
Completion complete(const std::vector<Command>& commands, const std::vector<Group>& groups,
                    const std::vector<std::string>& words, const ValuesOf& values);

/// Returns the names of the shells that have a completion script: "bash", "fish", "zsh".
std::vector<std::string> shells();
/// Returns the completion script of `shell`, or "" if the shell is unknown.
std::string_view completion_script(std::string_view shell);

}  // namespace callgate
