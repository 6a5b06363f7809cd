// What may come next on a command line. The shells' scripts ask for it, so that what they offer is
// always what this program takes.
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
  bool files = false;  ///< the shell knows better: the name of a file is to come
};

/// Values that the table of commands does not hold.
enum class ValueKind { None, File, Client, Outcome, Profile, Secret, Server, Shell };
/// Asked at most once, and only when such a word is to come. `config` is that of --config, or
/// empty.
using ValuesOf = std::function<std::vector<std::string>(ValueKind, const std::string& config)>;

/// `words` are those behind the program's name up to the cursor; the last one is being typed and
/// may be empty. Of what may come, only what begins with it is returned.
Completion complete(const std::vector<Command>& commands, const std::vector<Group>& groups,
                    const std::vector<std::string>& words, const ValuesOf& values);

/// "bash", "fish", "zsh".
std::vector<std::string> shells();
/// The script that such a shell reads; empty for another.
std::string_view completion_script(std::string_view shell);

}  // namespace callgate
