// Finds paths that lead to Callgate's own files, and texts that name these files or a folder above
// them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "paths.h"

namespace callgate {

class OwnFiles {
 public:
  OwnFiles() = default;
  /// `real` has the same folders and files with every link followed.
  OwnFiles(const std::vector<std::string>& written, const std::vector<std::string>& real,
           std::string_view home);

  bool empty() const { return folders_.empty(); }
  /// The folders and files as written. The caller resolves their real paths again for each call.
  const std::vector<std::string>& written() const { return written_; }
  /// True if the path is one of our files or is inside one of our folders. The comparison ignores
  /// the case, because some file systems ignore it.
  bool holds(std::string_view path) const;

  enum class Above { No, Near, Far };
  /// Returns whether the path is a folder above ours. Far means that the path is also above the
  /// home folder, or that it is a shared folder such as /tmp.
  Above above(std::string_view path) const;

  /// True if the word (without a slash) is a component of our paths or the name of one of our
  /// files.
  bool has_word(std::string_view word) const;

  /// A quick check before named_in(): returns false only if no string of this JSON text can name
  /// our files.
  bool may_be_in(std::string_view json) const;
  /// True if the text names one of our files or folders, even in the middle of a command or a
  /// statement. All these forms are found: an absolute path; a path under `~`, $HOME or an XDG
  /// variable; a path relative to a base or to another path in the text. The path may be
  /// percent-encoded once, may have a shell's quotes inside, or backslashes instead of slashes.
  bool named_in(std::string_view text, const Bases& bases) const;
  /// A quick check before command_takes_folder_above(): returns false only if no string of this
  /// JSON text can name a folder.
  static bool may_hold_place(std::string_view json);
  /// A quick check of a string's raw token: true if the string could be a command that moves or
  /// removes something.
  static bool may_be_command(std::string_view token);
  /// True if a shell command in the text moves or removes a folder above ours.
  bool command_takes_folder_above(std::string_view text, const Bases& bases) const;

 private:
  bool has_name(std::string_view json) const;
  bool named_in_plain(std::string_view text, const Bases& bases) const;
  bool operand_is_above(std::string_view operand, const Bases& bases,
                        const std::vector<std::string>& places) const;
  bool token_is_ours(std::string_view token, const Bases& bases,
                     const std::vector<std::string>& places) const;

  std::vector<std::string> written_, folders_;  // `folders_` has written and real paths
  std::vector<std::string> names_;              // last components, in lower case
  std::vector<std::string> words_;              // all components, in lower case
  std::string home_;
};

}  // namespace callgate
