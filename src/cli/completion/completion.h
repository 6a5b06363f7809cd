// Completes a command line. The completion scripts of the shells get the candidates from `callgate
// complete`, so the candidates are exactly what the installed program accepts.
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

/// Kinds of argument values that the table of commands does not list. The values come from files,
/// for example.
enum class ValueKind { None, File, Client, Outcome, Profile, Secret, Server, Shell };
/// Returns the values of one kind. complete() calls it at most once, and only if the word at the
/// cursor may be such a value. `config` is the value of --config, or empty.
using ValuesOf = std::function<std::vector<std::string>(ValueKind, const std::string& config)>;

/// Returns the candidates for the last of `words`. `words` are the words after the program's name
/// up to the cursor. The user is typing the last word, so it may be empty or incomplete; each
/// candidate begins with it.
Completion complete(const std::vector<Command>& commands, const std::vector<Group>& groups,
                    const std::vector<std::string>& words, const ValuesOf& values);

/// Returns the names of the shells that have a completion script: "bash", "fish", "zsh".
std::vector<std::string> shells();
/// Returns the completion script of `shell`, or "" if the shell is unknown.
std::string_view completion_script(std::string_view shell);

}  // namespace callgate
