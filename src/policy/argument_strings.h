// The strings of a call's arguments, and what the name of an argument implies for its value.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "callgate/wire/message.h"

namespace callgate {

/// What an argument's name implies for its value.
enum class Naming {
  Other,
  Path,   ///< path, files, directory …: even a single bare word is a path
  Place,  ///< cwd, repo_path, workspace …: the folder to work in, not the file to work on
  Soft,   ///< output, image, database …: often a path
  /// source, destination: the value is often a path, but may be something else, such as the name of
  /// a branch.
  Transfer,
  Text  ///< content, pattern, message …: prose or code
};
Naming naming_of(std::string_view key);

/// A string value or a member's key, at any depth of the arguments.
struct ArgumentString {
  Value value;
  bool is_key = false;
  /// The key of the nearest member around the string, as received; empty if is_key.
  std::string_view name;
  Value members;  ///< the object that has the member `name`; absent if is_key

  /// The text between the quotes, with its escapes as received.
  std::string_view raw() const;
  bool escaped() const { return is_key ? value.node().key_escaped : value.node().escaped; }
  std::string text() const { return is_key ? value.key() : value.text(); }
  /// Returns what the name implies. Returns Path instead of Transfer if the same object has another
  /// Transfer argument whose value is written as a path.
  Naming naming() const;
};

/// Visits the strings and keys in document order, at any depth; `visit` returns false to stop.
void for_each_string(Value root, const std::function<bool(const ArgumentString&)>& visit);

}  // namespace callgate
