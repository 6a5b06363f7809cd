#include "own_config.h"

#include <fmt/core.h>

#include <algorithm>

#include "callgate/base/text.h"
#include "callgate/wire/jsonc.h"
#include "desktop/clients/files.h"
#include "desktop/documents/document.h"
#include "manifest.h"

namespace callgate {

Result<OwnConfig> read_own_config(const Places& places, const std::vector<std::string>& servers) {
  auto file = read_file_state(places.config_file);
  if (!file) return file.error();
  OwnConfig own{.file = std::move(*file), .text = {}};
  const std::string text = own.file.bytes.value_or("");
  std::vector<ServerConfig> known;
  if (!only_blanks(text)) {
    if (Status may = may_replace(own.file); !may) return may.error();
    LoadedConfig loaded = parse_config(text, own.file.path, places.home);
    if (!loaded.errors.empty()) return loaded.errors.front();
    known = std::move(loaded.config.servers);
    own.text = text;
  }
  for (const ServerConfig& server : known)
    if (contains(servers, server.name) && server.broken) return *server.broken;
  for (const std::string& wanted : servers)
    if (std::none_of(known.begin(), known.end(),
                     [&](const ServerConfig& server) { return server.name == wanted; }))
      return Error{"desktop.unknown_server", fmt::format("no server '{}' is configured", wanted),
                   "see callgate config check"};
  return own;
}

Status replace_own_config(const FileState& file, const std::string& text, const Places& places) {
  const DesktopLock lock(desktop_folder(places));
  if (!lock.status()) return lock.status();
  if (Status same = still_same(file); !same) return same;
  std::vector<std::string> made;
  return replace_file(file, text, made);
}

}  // namespace callgate
