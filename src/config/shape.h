// What may stand at each place of the configuration, as the functions that read it tell.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace callgate {

/// JSON Schema keywords, without braces, of everything that may stand at one place.
struct Shape {
  std::vector<std::string> scalars;      ///< one of these
  std::vector<std::string> members;      ///< or an object with these keys
  bool map = false;                      ///< or an object with any keys: its values are at `.*`
  bool list = false;                     ///< or a list: its elements are at `[]`
  std::vector<std::string> constraints;  ///< on the object or list
};

/// By dotted key: `mcpServers.*.args[]`.
using Shapes = std::map<std::string, Shape>;

/// What a key is for, and its default as JSON (empty: none).
struct KeyNote {
  std::string about, preset;
};
/// Null: nobody has written one. A profile's policy has the notes of the global one.
const KeyNote* key_note(const std::string& key);

}  // namespace callgate
