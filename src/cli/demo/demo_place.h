// The temporary folder of a demo, with its configuration, record and log. A demo changes no files
// of the user.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/base/result.h"

namespace callgate {

struct DemoPlace {
  std::string folder;
  std::string config() const { return folder + "/config/config.json"; }
  std::string state() const { return folder + "/state"; }
  std::string database() const { return state() + "/callgate.db"; }
  std::string exports() const { return folder + "/export"; }
  std::string log() const { return folder + "/stderr.txt"; }

  /// Makes a new folder in TMPDIR. The demo does not remove the folder, so that the user can look
  /// at it.
  static Result<DemoPlace> make();
  Status write_config(const std::string& json) const;
  /// Returns the environment of this process, with CALLGATE_CONFIG and CALLGATE_STATE set to paths
  /// in this folder.
  std::vector<std::string> environment() const;
  /// Returns a text for the user with the folder's path, and with commands to explore it.
  std::string inspection_hint() const;
};

/// Returns `"name": {"command": …}`, the configuration of a demo server. The server's command is
/// `program` itself, because the demo servers are built into callgate.
std::string demo_server(std::string_view program, std::string_view name);

}  // namespace callgate
