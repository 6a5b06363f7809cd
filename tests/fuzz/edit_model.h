// Chooses edits of a value and computes the expected result without the code under test.
#pragma once

#include <string>

#include "callgate/wire/edits.h"

namespace callgate {

/// Returns the value's tokens unchanged, without the white space between them.
inline std::string tokens(Value v) {
  if (!v.is_object() && !v.is_array()) return std::string(v.raw());
  std::string out;
  for (Value child : v) {
    if (!out.empty()) out += ',';
    if (v.is_object()) out += "\"" + std::string(child.raw_key()) + "\":";
    out += tokens(child);
  }
  return v.is_object() ? "{" + out + "}" : "[" + out + "]";
}

/// `chance(n)` is true once in n.
template <class Chance>
class EditModel {
 public:
  explicit EditModel(Chance chance) : chance_(chance) {}

  /// Adds edits at and below `v`; returns the tokens that must replace it.
  std::string choose(Value v, Edits& edits) {
    if (chance_(8)) {
      edits.replace(v, "\"new\"");
      return "\"new\"";
    }
    if (!v.is_object() && !v.is_array()) return std::string(v.raw());
    std::string out;
    for (Value child : v) {
      if (chance_(4)) {
        edits.drop(child);
      } else {
        if (!out.empty()) out += ',';
        if (v.is_object()) out += "\"" + std::string(child.raw_key()) + "\":";
        out += choose(child, edits);
      }
    }
    if (v.is_object()) add(v, edits, out);
    return v.is_object() ? "{" + out + "}" : "[" + out + "]";
  }

 private:
  void add(Value object, Edits& edits, std::string& out) {
    for (std::string key = "new"; chance_(3); key += '+') {
      while (object.find(key)) key += '+';
      edits.add(object, key, "[1]");
      out += (out.empty() ? "\"" : ",\"") + key + "\":[1]";
    }
  }

  Chance chance_;
};

}  // namespace callgate
