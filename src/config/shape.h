// What is allowed at each place of the configuration, as the functions that read it describe it.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace callgate {

/// What is allowed at one place: one of the scalars, an object or a list. Scalars and constraints
/// are JSON Schema keywords without braces.
struct Shape {
  std::vector<std::string> scalars;
  std::vector<std::string> members;      ///< the keys of an object
  bool map = false;                      ///< an object with any keys; its values are at `.*`
  bool list = false;                     ///< a list; its elements are at `[]`
  std::vector<std::string> constraints;  ///< on the object or list
};

/// Shapes by dotted key, such as `mcpServers.*.args[]`.
using Shapes = std::map<std::string, Shape>;

/// What a key is for, and its default as JSON. `preset` is empty for a key without a default.
struct KeyNote {
  std::string about, preset;
};
/// Returns the note of a key, or nullptr. A profile's policy has the notes of the global policy.
const KeyNote* key_note(const std::string& key);

}  // namespace callgate
