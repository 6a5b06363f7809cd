// Uses the system's keyring through the keyring's command-line tool: secret-tool on Linux, security
// on macOS. Blocking; each call has a time limit. Passes values to the tool through a pipe, never
// as arguments, which other processes could read.
#pragma once

#include <string>

#include "callgate/base/result.h"

namespace callgate {

class Keyring {
 public:
  /// Finds the tool, without running it. The error names what is missing: the tool, or the session
  /// bus that secret-tool needs.
  static Result<Keyring> installed();
  /// Returns success if the keyring answers within three seconds, or else the reason.
  Status answers() const;

  /// True if `value` is short enough for the tool.
  static bool takes(const std::string& value);
  /// Stores a new entry, then reads it and compares, because the tools cut long values without an
  /// error. Errors: "secret.keyring".
  Status store(const std::string& name, const std::string& version, const std::string& value) const;
  /// Returns the value. Errors: "secret.keyring"; "secret.missing" if the keyring has no such
  /// entry.
  Result<std::string> lookup(const std::string& name, const std::string& version) const;
  /// Removes an entry. Ignores errors, because an entry that remains does no harm: no secret refers
  /// to it any more.
  void clear(const std::string& name, const std::string& version) const;

 private:
  explicit Keyring(std::string tool) : tool_(std::move(tool)) {}
  std::string tool_;
};

}  // namespace callgate
