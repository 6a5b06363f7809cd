#include "completion.h"

#include <algorithm>

#include "cli/finder.h"

namespace callgate {

namespace {

/// Defines the kind of values that an argument of a command has. If `command` is "", the kind is
/// the same for all commands that have the argument.
struct Source {
  std::string_view command, argument;
  ValueKind kind;
};
constexpr Source kSources[] = {
    {"", "--config", ValueKind::File},
    {"", "--outcome", ValueKind::Outcome},
    {"", "--profile", ValueKind::Profile},
    {"", "--server", ValueKind::Server},
    {"", "CLIENT", ValueKind::Client},
    {"auth status", "SERVER", ValueKind::Server},
    {"auth doctor", "SERVER", ValueKind::Server},
    {"auth forget", "SERVER", ValueKind::Server},
    {"auth login", "SERVER", ValueKind::Server},
    {"auth logout", "SERVER", ValueKind::Server},
    {"completion", "SHELL", ValueKind::Shell},
    {"servers logs", "NAME", ValueKind::Server},
    {"servers restart", "NAME", ValueKind::Server},
    {"servers show", "NAME", ValueKind::Server},
    {"secret move", "SERVER", ValueKind::Server},
    {"secret remove", "NAME", ValueKind::Secret},
    {"secret set", "NAME", ValueKind::Secret},
};

bool begins_with(std::string_view word, std::string_view beginning) {
  return word.substr(0, beginning.size()) == beginning;
}

bool names_option(const Argument& argument, std::string_view name) {
  const std::vector<std::string> names = names_of(argument);
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// The state of the parser at the cursor. The caller passes each word before the cursor to pass(),
/// then calls at() with the word at the cursor to get the candidates.
class Place {
 public:
  Place(const std::vector<Command>& commands, const std::vector<Group>& groups)
      : finder_(commands, groups), global_(global_syntax(unused_)) {
    enter("");
  }

  void pass(const std::string& word) {
    if (owes_ != nullptr) {
      note(*owes_, word);
      owes_ = nullptr;
    } else if (words_only_ || !is_option(word)) {
      pass_word(word);
    } else if (word == "--") {
      decided_ = words_only_ = true;
    } else {
      pass_option(word);
    }
  }

  Completion at(const std::string& word, const ValuesOf& values) const {
    Completion out;
    if (wrong_) return out;
    const size_t equals = word.find('=');
    if (owes_ != nullptr) {
      add_values(out, *owes_, "", word, values);
    } else if (!words_only_ && begins_with(word, "-") && equals != std::string::npos) {
      const Argument* argument = find(word.substr(0, equals));
      if (argument != nullptr) add_values(out, *argument, word.substr(0, equals + 1), word, values);
    } else if (!words_only_ && begins_with(word, "-")) {
      add_options(out, word);
    } else if (!decided_) {
      add_commands(out, word);
    } else if (const Argument* next = next_word(); next != nullptr) {
      add_values(out, *next, "", word, values);
    }
    return out;
  }

 private:
  void enter(const std::string& path) {
    path_ = path;
    const bool group = finder_.group(path) != nullptr;
    command_ = group && !path.empty() ? finder_.first_of(path) : finder_.command(path);
    own_ = Syntax();
    run_ = command_->add(own_);
    decided_ = !group;
  }

  void pass_word(const std::string& word) {
    if (decided_) {
      ++plain_;
      return;
    }
    const std::string path = path_.empty() ? word : path_ + " " + word;
    if (finder_.command(path) == nullptr && finder_.group(path) == nullptr) {
      wrong_ = true;
    } else {
      enter(path);
    }
  }

  void pass_option(const std::string& word) {
    const size_t equals = std::min(word.find('='), word.size());
    const Argument* argument = find(word.substr(0, equals));
    if (argument == nullptr) return;
    used_.push_back(argument->names);
    // After an option of the command itself, no further word of the command's name can follow: in
    // `callgate history --since 1d list`, `list` does not name a command.
    if (is_own(*argument)) decided_ = true;
    if (argument->placeholder.empty()) return;
    if (equals == word.size()) {
      owes_ = argument;
    } else {
      note(*argument, word.substr(equals + 1));
    }
  }

  void note(const Argument& argument, const std::string& value) {
    if (argument.names == "--config") config_ = value;
  }

  bool is_own(const Argument& argument) const {
    const std::vector<Argument>& own = own_.arguments();
    return std::any_of(own.begin(), own.end(), [&](const Argument& a) { return &a == &argument; });
  }

  const Argument* find(std::string_view name) const {
    for (const Syntax* syntax : {&own_, &global_}) {
      for (const Argument& argument : syntax->arguments()) {
        if (argument.kind == Argument::Kind::Option && names_option(argument, name))
          return &argument;
      }
    }
    return nullptr;
  }

  /// Returns the argument whose value the next word is, unless the next word is an option.
  const Argument* next_word() const {
    size_t left = plain_;
    for (const Argument& argument : own_.arguments()) {
      if (argument.kind == Argument::Kind::Option) continue;
      if (left == 0 || argument.kind == Argument::Kind::Many) return &argument;
      --left;
    }
    return nullptr;
  }

  void add_commands(Completion& out, std::string_view beginning) const {
    for (std::string& word : finder_.words_after(path_)) {
      if (!begins_with(word, beginning)) continue;
      const std::string path = path_.empty() ? word : path_ + " " + word;
      const Group* group = finder_.group(path);
      const std::string_view about = group != nullptr ? group->about : finder_.command(path)->about;
      out.candidates.push_back({std::move(word), std::string(about)});
    }
  }

  void add_options(Completion& out, std::string_view beginning) const {
    for (const Syntax* syntax : {&own_, &global_}) {
      for (const Argument& argument : syntax->arguments()) {
        if (argument.kind != Argument::Kind::Option || is_used_up(argument)) continue;
        for (std::string& name : names_of(argument)) {
          if (begins_with(name, beginning))
            out.candidates.push_back({std::move(name), argument.about});
        }
      }
    }
    for (const char* name : {"--help", "--version"}) {
      if (begins_with(name, beginning)) out.candidates.push_back({name, ""});
    }
  }

  bool is_used_up(const Argument& argument) const {
    return !std::holds_alternative<std::vector<std::string>*>(argument.target) &&
           std::find(used_.begin(), used_.end(), argument.names) != used_.end();
  }

  ValueKind kind_of(const Argument& argument) const {
    for (const Source& source : kSources) {
      if ((source.command.empty() || source.command == command_->words) &&
          names_option(argument, source.argument))
        return source.kind;
    }
    return ValueKind::None;
  }

  /// Adds the values of `argument` that complete the word `beginning`. `before` is the part of the
  /// word before the value, such as `--color=`, or empty.
  void add_values(Completion& out, const Argument& argument, const std::string& before,
                  std::string_view beginning, const ValuesOf& values) const {
    std::vector<std::string> known = argument.allowed;
    const ValueKind kind = kind_of(argument);
    out.files = kind == ValueKind::File;
    if (kind != ValueKind::None && !out.files) known = values(kind, config_);
    for (const std::string& value : known) {
      if (begins_with(before + value, beginning)) out.candidates.push_back({before + value, ""});
    }
  }

  Common unused_;  // receives the values of global_; nothing reads them
  Finder finder_;
  Syntax global_, own_;
  const Command* command_ = nullptr;  // the command that the words up to here name
  Run run_;                           // owns the variables to which own_ refers
  std::string path_, config_;
  bool decided_ = false;  // no further word of the command's name can follow
  bool words_only_ = false, wrong_ = false;
  const Argument* owes_ = nullptr;  // the option whose value the next word is
  size_t plain_ = 0;                // the number of words after the command's name and its options
  std::vector<std::string> used_;   // the options among the words
};

}  // namespace

Completion complete(const std::vector<Command>& commands, const std::vector<Group>& groups,
                    const std::vector<std::string>& words, const ValuesOf& values) {
  if (words.empty()) return {};
  Place place(commands, groups);
  for (size_t i = 0; i + 1 < words.size(); ++i) place.pass(words[i]);
  return place.at(words.back(), values);
}

}  // namespace callgate
