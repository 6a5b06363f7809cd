// A description of the values that are allowed at each place of the configuration. The functions
// that read the configuration write it; see Reader.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace callgate {

/// The values that are allowed at one place: one of `scalars`, an object or a list. `scalars` and
/// `constraints` are JSON Schema keywords without the braces around them.
struct Shape {
  std::vector<std::string> scalars;
  std::vector<std::string> members;  ///< the keys of an object
  /// True for an object with any keys. The shape of its values has the key KEY.* in Shapes.
  bool map = false;
  bool list = false;                     ///< a list; the shape of its elements has the key KEY[]
  std::vector<std::string> constraints;  ///< further conditions for the object or list
};

/// Shapes by dotted key, such as `mcpServers.*.args[]`.
using Shapes = std::map<std::string, Shape>;

/// A sentence that explains a key to users, and the key's default as JSON. `preset` is empty for a
/// key without a default.
struct KeyNote {
  std::string about, preset;
};
using Notes = std::map<std::string, KeyNote>;
/// Returns the notes of a server's `auth` object, by keys such as `auth.scopes`.
Notes sign_in_notes();
/// Returns the note of a key, or nullptr. For a profile's policy, returns the notes of the global
/// policy.
const KeyNote* key_note(const std::string& key);

}  // namespace callgate
