// Uses the system's keyring through its own tool: secret-tool on Linux, security on macOS.
// Blocking; each call has a time limit. Values go through pipes, never in arguments.
#pragma once

#include <string>

#include "callgate/base/result.h"

namespace callgate {

class Keyring {
 public:
  /// Finds the tool, without running it. The error names what is missing: the tool or a session
  /// bus.
  static Result<Keyring> installed();
  /// Ok if the keyring answers within three seconds.
  Status answers() const;

  /// True if the tool can take this value as a whole.
  static bool takes(const std::string& value);
  /// Stores a new entry and reads it back, because tools silently cut values that are too long.
  /// Errors: "secret.keyring".
  Status store(const std::string& name, const std::string& version, const std::string& value) const;
  /// Returns the value. Errors: "secret.keyring"; "secret.missing" if the keyring has no such
  /// entry.
  Result<std::string> lookup(const std::string& name, const std::string& version) const;
  /// Removes an entry. Ignores errors, because nothing refers to an entry that is left.
  void clear(const std::string& name, const std::string& version) const;

 private:
  explicit Keyring(std::string tool) : tool_(std::move(tool)) {}
  std::string tool_;
};

}  // namespace callgate
