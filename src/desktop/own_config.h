// Our own configuration file, edited as clients' files are: every other byte stays.
#pragma once

#include <string>
#include <vector>

#include "callgate/desktop/registration.h"
#include "callgate/wire/message.h"

namespace callgate {

struct OwnConfig {
  FileState file;
  std::string text;  ///< empty: there is nothing to edit
};

/// A file that may be replaced and holds no error. Errors: "desktop.unknown_server" where one of
/// `servers` is not configured, those of reading files and of our own configuration.
Result<OwnConfig> look_at_own_config(const Places& places, const std::vector<std::string>& servers);
/// The text with an index; comments are blanked, offsets stay true.
Result<MessagePtr> indexed(std::string text);
/// Unless it has changed since it was looked at.
Status replace_own_config(const FileState& file, const std::string& text, const Places& places);

}  // namespace callgate
