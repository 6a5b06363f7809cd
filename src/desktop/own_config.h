// Edits our own configuration file like clients' files: every other byte stays the same.
#pragma once

#include <string>
#include <vector>

#include "callgate/desktop/registration.h"
#include "callgate/wire/message.h"

namespace callgate {

struct OwnConfig {
  FileState file;
  std::string text;  ///< empty if there is nothing to edit
};

/// Reads the file, which must be replaceable and without errors. Errors: "desktop.unknown_server"
/// if one of `servers` is not configured, those of reading files, and those of our own
/// configuration.
Result<OwnConfig> look_at_own_config(const Places& places, const std::vector<std::string>& servers);
/// Indexes the text. Comments become blanks, so offsets stay the same.
Result<MessagePtr> indexed(std::string text);
/// Replaces the file unless it has changed since look_at_own_config().
Status replace_own_config(const FileState& file, const std::string& text, const Places& places);

}  // namespace callgate
