// Completes a command line. The shells' scripts ask this program for candidates, so they always
// offer exactly what it accepts.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "syntax.h"

namespace callgate {

struct Candidate {
  std::string word, about;
};

struct Completion {
  std::vector<Candidate> candidates;
  bool files = false;  ///< the next word is a file name; the shell completes it
};

/// Kinds of values that the table of commands does not hold.
enum class ValueKind { None, File, Client, Outcome, Profile, Secret, Server, Shell };
/// Returns the values of one kind. Called at most once, and only if such a word may come next.
/// `config` is the value of --config, or empty.
using ValuesOf = std::function<std::vector<std::string>(ValueKind, const std::string& config)>;

/// `words` are the words after the program's name, up to the cursor. The last word is the one being
/// typed; it may be empty. Returns the candidates that begin with it.
Completion complete(const std::vector<Command>& commands, const std::vector<Group>& groups,
                    const std::vector<std::string>& words, const ValuesOf& values);

/// "bash", "fish", "zsh".
std::vector<std::string> shells();
/// Returns the completion script of `shell`, or "" if the shell is unknown.
std::string_view completion_script(std::string_view shell);

}  // namespace callgate
