// The strings of a call's arguments, and what the name of an argument says of them.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "callgate/wire/message.h"

namespace callgate {

/// What an argument's name says about its value.
enum class Naming {
  Other,
  Path,      ///< path, files, directory …: a bare word is a path, too
  Place,     ///< cwd, repo_path, workspace …: where to work, not what to work on
  Soft,      ///< output, image, database …: often a path
  Transfer,  ///< source, destination: a path, unless it is the name of something else
  Text       ///< content, pattern, message …: prose or code
};
Naming naming_of(std::string_view key);

/// A string value, or a member's key, at any depth.
struct ArgumentString {
  Value value;
  bool is_key = false;
  std::string_view name;  ///< the nearest key above, as it is written; of a key: empty
  Value members;          ///< the object that has that key; none for a key

  /// Between the quotes, escapes as they came.
  std::string_view raw() const;
  bool escaped() const { return is_key ? value.node().key_escaped : value.node().escaped; }
  std::string text() const { return is_key ? value.key() : value.text(); }
  /// Transfer is Path next to another one of its object that is written as a path.
  Naming naming() const;
};

/// In document order; `visit` returns false to stop.
void for_each_string(Value root, const std::function<bool(const ArgumentString&)>& visit);

}  // namespace callgate
