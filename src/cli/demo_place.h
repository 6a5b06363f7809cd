// The folder of a demo: its configuration, its record, its log; nothing of the user's is touched.
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

  /// A new one below TMPDIR, which stays.
  static Result<DemoPlace> make();
  Status write_config(const std::string& json) const;
  /// Ours, with this place as CALLGATE_CONFIG and CALLGATE_STATE.
  std::vector<std::string> environment() const;
  /// Where it lies, and what to type to look further.
  std::string how_to_look() const;
};

/// `"name": {"command": …}`, of a server that the program itself is.
std::string demo_server(std::string_view program, std::string_view name);

}  // namespace callgate
