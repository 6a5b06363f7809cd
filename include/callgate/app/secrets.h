// Secrets by name, which servers' environments refer to as ${secret:NAME}. Blocking.
//
// `secrets` in the state folder, 0600, knows them all: {"secrets": [{"name", "set", "version",
// "value"}]}. A secret that the system's keyring keeps has no "value" there; its entry in the
// keyring is found by its name and version.
#pragma once

#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/base/time.h"
#include "callgate/config/config.h"
#include "callgate/config/secret_names.h"

namespace callgate {

inline constexpr size_t kLargestSecret = 64 * 1024;
inline constexpr size_t kMostSecrets = 1000;

enum class SecretPlace { Keyring, File };
const char* secret_place_word(SecretPlace place);

struct SecretEntry {
  std::string name;
  SecretPlace place = SecretPlace::File;
  std::string set;      ///< RFC 3339: when
  std::string version;  ///< another one whenever it is set; says nothing of the value
};

/// All, by name. Reads one small file, never the keyring. Errors: "secret.unreadable",
/// "secret.mode" (others may read the file), "secret.malformed".
Result<std::vector<SecretEntry>> list_secrets(const std::string& state_dir);

/// Errors: those above; "secret.missing", whose next is the command that sets it; "secret.name";
/// "secret.keyring": it does not give it, within ten seconds.
Result<std::string> read_secret(const std::string& state_dir, const std::string& name);

enum class SecretKeep {
  Auto,     ///< in the keyring if there is one that answers and takes it, else in the file
  Keyring,  ///< or not at all
  File,
};
struct SecretSet {
  SecretEntry entry;
  bool replaced = false;
  std::string why_file;  ///< with Auto: what kept it out of the keyring
};
/// At once for all readers: they see the old value or the new one. Errors: those above,
/// "secret.value" (empty, over 64 KiB, a NUL byte, not UTF-8), "secret.full", "secret.write".
Result<SecretSet> set_secret(const std::string& state_dir, const std::string& name,
                             const std::string& value, SecretKeep keep, Micros now);
/// False: there was none.
Result<bool> remove_secret(const std::string& state_dir, const std::string& name);

}  // namespace callgate
