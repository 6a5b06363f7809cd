// The system's keyring through its own tool: secret-tool on Linux, security on macOS. Blocking;
// each call has a limit. Values go by pipes, never in arguments.
#pragma once

#include <string>

#include "callgate/base/result.h"

namespace callgate {

class Keyring {
 public:
  /// The error says what is missing: the tool, a session bus. Asks nobody.
  static Result<Keyring> installed();
  /// It does, within three seconds.
  Status answers() const;

  /// True if its tool can hand this value over whole.
  static bool takes(const std::string& value);
  /// A new entry; read back, as tools cut silently what is too long. Errors "secret.keyring".
  Status store(const std::string& name, const std::string& version, const std::string& value) const;
  /// Errors "secret.keyring"; "secret.missing" when it answers that it has none.
  Result<std::string> lookup(const std::string& name, const std::string& version) const;
  /// As well as can be: an entry that is left is found by nobody any more.
  void clear(const std::string& name, const std::string& version) const;

 private:
  explicit Keyring(std::string tool) : tool_(std::move(tool)) {}
  std::string tool_;
};

}  // namespace callgate
