// The folder of a demo: its configuration, record and log. A demo changes no file of the user.
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

  /// Makes a new folder in TMPDIR. Nothing removes it.
  static Result<DemoPlace> make();
  Status write_config(const std::string& json) const;
  /// Our environment, with CALLGATE_CONFIG and CALLGATE_STATE set to this folder.
  std::vector<std::string> environment() const;
  /// A text for the user: the folder's path, and commands to explore it.
  std::string how_to_look() const;
};

/// Returns `"name": {"command": …}` for a demo server, which the program itself implements.
std::string demo_server(std::string_view program, std::string_view name);

}  // namespace callgate
