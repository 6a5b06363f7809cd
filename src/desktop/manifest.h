// Stores a registration in our state folder, so that the registration can be undone. The folder
// desktop/TIME-CLIENT-SCOPE/ has `manifest.json`, the bytes of the client's file before the
// registration (`original`, if the file existed) and after it (`written`). After an undo, the
// folder stays under the name TIME-CLIENT-SCOPE.undone.
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
