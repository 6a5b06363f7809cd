// Stores secrets under names. In the configuration, values of a server's entry refer to a secret as
// ${secret:NAME}. All functions block.
//
// The file `secrets` in the state folder (mode 0600) lists all secrets: {"secrets": [{"name",
// "set", "version", "value"}]}. The value of a secret is either in this file or in the system's
// keyring. In the second case the file has no "value", and the keyring's entry is found by the
// secret's name and version.
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
  std::string set;      ///< when it was set (RFC 3339)
  std::string version;  ///< changes whenever the secret is set; reveals nothing about the value
};

/// Returns all secrets, sorted by name. Reads one small file, never the keyring. Errors:
/// "secret.unreadable", "secret.mode" (others may read the file), "secret.malformed".
Result<std::vector<SecretEntry>> list_secrets(const std::string& state_dir);

/// Returns the value of a secret. Errors: those of list_secrets; "secret.missing", whose next step
/// is the command that sets the secret; "secret.name"; "secret.keyring" (the keyring did not return
/// the value within ten seconds).
Result<std::string> read_secret(const std::string& state_dir, const std::string& name);

enum class SecretKeep {
  Auto,     ///< in the keyring if it answers and accepts the value, else in the file
  Keyring,  ///< in the keyring, or not at all
  File,
};
struct SecretSet {
  SecretEntry entry;
  bool replaced = false;
  std::string why_file;  ///< with Auto: why the value is not in the keyring
};
/// Sets a secret atomically: readers get either the old value or the new one. Errors: those of
/// read_secret, "secret.value" (empty, over 64 KiB, a NUL byte, not UTF-8), "secret.full",
/// "secret.write".
Result<SecretSet> set_secret(const std::string& state_dir, const std::string& name,
                             const std::string& value, SecretKeep keep, Micros now);
/// Returns false if there is no such secret.
Result<bool> remove_secret(const std::string& state_dir, const std::string& name);

}  // namespace callgate
