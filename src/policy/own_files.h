// Which files are Callgate's own, and where a text names them or a folder above them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "paths.h"

namespace callgate {

class OwnFiles {
 public:
  OwnFiles() = default;
  /// `real` are the same folders and files with every link followed.
  OwnFiles(const std::vector<std::string>& written, const std::vector<std::string>& real,
           std::string_view home);

  bool empty() const { return folders_.empty(); }
  /// As they are written: where they lead is looked up again with each call.
  const std::vector<std::string>& written() const { return written_; }
  /// Letters of either case are the same here: file systems differ.
  bool holds(std::string_view path) const;

  enum class Above { No, Near, Far };
  /// The path is a folder above ours; Far: above the home folder as well, or one that is shared.
  Above above(std::string_view path) const;

  /// A word without a slash that is a part of our paths, or the name of one of our files.
  bool has_word(std::string_view word) const;

  /// False only if no string of this JSON text can name our files.
  bool may_be_in(std::string_view json) const;
  /// The text names one of our files or folders, be it in the middle of a command or a statement:
  /// absolute, under `~`, $HOME or an XDG variable, relative to a base or to another path in the
  /// text, percent-encoded once, with a shell's quotes within, or with backslashes for slashes.
  bool named_in(std::string_view text, const Bases& bases) const;
  /// False only if no string of this JSON text can name a folder in a command.
  static bool may_hold_place(std::string_view json);
  /// By a string's raw token: it could be a command that moves or removes something.
  static bool may_be_command(std::string_view token);
  /// A shell command in the text moves or removes a folder above ours.
  bool command_takes_folder_above(std::string_view text, const Bases& bases) const;

 private:
  bool has_name(std::string_view json) const;
  bool named_in_plain(std::string_view text, const Bases& bases) const;
  bool operand_is_above(std::string_view operand, const Bases& bases,
                        const std::vector<std::string>& places) const;
  bool token_is_ours(std::string_view token, const Bases& bases,
                     const std::vector<std::string>& places) const;

  std::vector<std::string> written_, folders_;  // folders_: written and real
  std::vector<std::string> names_;              // last components, in lower case
  std::vector<std::string> words_;              // all components, in lower case
  std::string home_;
};

}  // namespace callgate
