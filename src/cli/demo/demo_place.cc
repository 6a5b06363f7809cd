#include "demo_place.h"

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>
#include <fstream>

#include "callgate/wire/writer.h"

extern char** environ;  // NOLINT: no header of macOS declares it

namespace callgate {

Result<DemoPlace> DemoPlace::make() {
  const char* base = std::getenv("TMPDIR");
  std::string path =
      fmt::format("{}/callgate-demo-XXXXXX", base != nullptr && *base != '\0' ? base : "/tmp");
  if (mkdtemp(path.data()) == nullptr)
    return Error{"demo.folder", fmt::format("cannot make a folder with a name like {}", path),
                 "set TMPDIR to a folder in which you may create files"};
  DemoPlace place{path};
  for (const std::string& folder : {path + "/config", place.state(), place.exports()}) {
    if (mkdir(folder.c_str(), 0700) != 0)
      return Error{"demo.folder", fmt::format("cannot make the folder {}", folder), ""};
  }
  return place;
}

Status DemoPlace::write_config(const std::string& json) const {
  std::ofstream file(config());
  file << json;
  file.close();
  ::chmod(config().c_str(), 0600);
  if (!file) return Error{"demo.folder", fmt::format("cannot write {}", config()), ""};
  return {};
}

std::vector<std::string> DemoPlace::environment() const {
  std::vector<std::string> env;
  for (char** each = environ; *each != nullptr; ++each) {
    if (std::string_view(*each).substr(0, 9) != "CALLGATE_") env.emplace_back(*each);
  }
  env.push_back("CALLGATE_CONFIG=" + config());
  env.push_back("CALLGATE_STATE=" + state());
  return env;
}

std::string DemoPlace::inspection_hint() const {
  return fmt::format(
      "The demo's files are in {}; to look at them with callgate, type\n  export "
      "CALLGATE_CONFIG={} CALLGATE_STATE={}\n",
      folder, config(), state());
}

std::string demo_server(std::string_view program, std::string_view name) {
  return fmt::format(R"({}: {{"command": {}, "args": ["demo-server", {}]}})", quote(name),
                     quote(program), quote(name));
}

}  // namespace callgate
