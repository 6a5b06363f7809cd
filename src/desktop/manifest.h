// What a registration stores in our state folder, so that it can be undone:
// desktop/TIME-CLIENT-SCOPE/ with `manifest.json`, the file's `original` bytes (if the file
// existed) and the `written` bytes. After an undo, the folder is kept as TIME-CLIENT-SCOPE.undone.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/desktop/registration.h"

namespace callgate {

struct Manifest {
  std::string client, scope, path, real, at, entry;
  /// The keys under which the servers are, from the root inwards.
  std::vector<std::string> keys;
  std::vector<std::string> removed;  ///< servers that were removed from the client's file
  /// Folders that were created for the file, the outermost first.
  std::vector<std::string> folders;
  std::optional<std::string> original;
  std::string written;
};

std::string desktop_folder(const Places& places);
Result<std::string> write_manifest(const Manifest& manifest, const Places& places);
Result<Manifest> read_manifest(const std::string& folder);
void drop_manifest(const std::string& folder);
Status mark_undone(const std::string& folder);

}  // namespace callgate
