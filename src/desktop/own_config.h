// Edits our own configuration file. Every byte that does not belong to the edited values stays the
// same.
#pragma once

#include <string>
#include <vector>

#include "callgate/desktop/registration.h"
#include "callgate/wire/message.h"

namespace callgate {

struct OwnConfig {
  FileState file;
  std::string text;  ///< the file's text; empty if the file does not exist or is blank
};

/// Reads the file, and checks that it may be replaced and has no errors. Errors:
/// "desktop.unknown_server" if one of `servers` is not configured, the errors of reading files, and
/// the errors of our own configuration.
Result<OwnConfig> read_own_config(const Places& places, const std::vector<std::string>& servers);
/// Replaces the file unless it has changed since read_own_config().
Status replace_own_config(const FileState& file, const std::string& text, const Places& places);

}  // namespace callgate
