#include "callgate/app/secrets.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>

#include "callgate/base/digest.h"
#include "callgate/io/private_file.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"
#include "keyring.h"

namespace callgate {

namespace {

constexpr PrivateKind kSecretFile{
    .area = "secret", .if_read = "set the secrets again", .largest = size_t{4} << 20};

std::string file_in(const std::string& state_dir) { return state_dir + "/secrets"; }

/// One secret of the file.
struct Kept {
  SecretEntry entry;
  std::string value;  ///< empty if the value is in the keyring
};
using All = std::vector<Kept>;

Error malformed_secrets(const std::string& file) {
  return {"secret.malformed", file + ": is not in the format that `callgate secret` writes",
          "move the file away and set the secrets again with callgate secret set"};
}

Result<All> read_all(const std::string& state_dir) {
  const std::string file = file_in(state_dir);
  auto text = read_private(kSecretFile, file);
  if (!text) return text.error();
  All all;
  if (!*text) return all;
  Walker walker({.bytes = kSecretFile.largest, .depth = 8, .nodes = 16 * kMostSecrets});
  const Result<MessagePtr> message = walker.walk(std::move(**text));
  if (!message || (*message)->duplicates() > 0) return malformed_secrets(file);
  const Value list = (*message)->root().find("secrets");
  if (!list.is_array()) return malformed_secrets(file);
  for (const Value each : list) {
    Kept kept{.entry = {.name = each.find("name").text(),
                        .place = each.find("value") ? SecretPlace::File : SecretPlace::Keyring,
                        .set = each.find("set").text(),
                        .version = each.find("version").text()},
              .value = each.find("value").text()};
    if (!is_secret_name(kept.entry.name) || !is_secret_name(kept.entry.version) ||
        (kept.entry.place == SecretPlace::File && kept.value.empty()) || all.size() == kMostSecrets)
      return malformed_secrets(file);
    all.push_back(std::move(kept));
  }
  std::sort(all.begin(), all.end(),
            [](const Kept& a, const Kept& b) { return a.entry.name < b.entry.name; });
  return all;
}

Status write_all(const std::string& state_dir, const All& all) {
  JsonWriter json;
  json.begin_object().key("secrets").begin_array();
  for (const Kept& kept : all) {
    json.begin_object().key("name").string(kept.entry.name).key("set").string(kept.entry.set);
    json.key("version").string(kept.entry.version);
    if (kept.entry.place == SecretPlace::File) json.key("value").string(kept.value);
    json.end_object();
  }
  const std::string text = json.end_array().end_object().take() + "\n";
  if (text.size() > kSecretFile.largest)
    return Error{"secret.full", "the file of secrets would be larger than 4 MiB",
                 "remove some secrets"};
  return write_private(kSecretFile, file_in(state_dir), text);
}

All::iterator named(All& all, std::string_view name) {
  return std::find_if(all.begin(), all.end(),
                      [&](const Kept& kept) { return kept.entry.name == name; });
}

Error bad_name(const std::string& name) {
  return {"secret.name",
          fmt::format(
              "'{}' is not a valid name for a secret",
              name.size() > kLongestSecretName ? name.substr(0, kLongestSecretName) + "..." : name),
          "use 1 to 64 letters, digits, '_', '.' or '-'; the first must not be '.' or '-'"};
}

Status check_value(const std::string& value) {
  const auto bad = [](const char* what) {
    return Error{"secret.value", std::string("the value ") + what, ""};
  };
  if (value.empty())
    return Error{"secret.value", "the value is empty", "pass the value on standard input"};
  if (value.size() > kLargestSecret) return bad("is longer than 64 KiB");
  if (value.find('\0') != std::string::npos) return bad("holds a NUL byte");
  Walker walker({.bytes = 8 * kLargestSecret, .depth = 1, .nodes = 8});
  JsonWriter json;
  const auto read = walker.walk(json.string(value).take());
  if (!read || (*read)->root().text() != value) return bad("is not UTF-8");
  return {};
}

/// Stores a secret in the keyring, or returns the reason why that is not possible.
Status into_keyring(const SecretEntry& entry, const std::string& value) {
  if (!Keyring::takes(value))
    return Error{"secret.keyring", "the value is too long for the keyring's tool",
                 "keep the secret in a file: callgate secret set NAME --in file"};
  auto keyring = Keyring::installed();
  if (!keyring) return keyring.error();
  if (Status there = keyring->answers(); !there) return there;
  return keyring->store(entry.name, entry.version, value);
}

void drop_from_keyring(const SecretEntry& entry) {
  if (entry.place != SecretPlace::Keyring) return;
  if (auto keyring = Keyring::installed(); keyring) keyring->clear(entry.name, entry.version);
}

/// Writes the entry to the file, and returns the entry that it replaces, if any.
Result<std::optional<SecretEntry>> put(const std::string& state_dir, Kept fresh) {
  const PrivateLock lock(kSecretFile, file_in(state_dir));
  if (!lock.status().ok()) return lock.status().error();
  auto all = read_all(state_dir);
  if (!all) return all.error();
  std::optional<SecretEntry> before;
  if (const auto old = named(*all, fresh.entry.name); old != all->end()) {
    before = old->entry;
    *old = std::move(fresh);
  } else if (all->size() == kMostSecrets) {
    return Error{"secret.full", "there are 1000 secrets already", "remove some of them"};
  } else {
    all->push_back(std::move(fresh));
  }
  if (Status written = write_all(state_dir, *all); !written) return written.error();
  return before;
}

}  // namespace

const char* secret_place_word(SecretPlace place) {
  return place == SecretPlace::Keyring ? "keyring" : "file";
}

Result<std::vector<SecretEntry>> list_secrets(const std::string& state_dir) {
  auto all = read_all(state_dir);
  if (!all) return all.error();
  std::vector<SecretEntry> entries;
  for (Kept& kept : *all) entries.push_back(std::move(kept.entry));
  return entries;
}

Result<std::string> read_secret(const std::string& state_dir, const std::string& name) {
  if (!is_secret_name(name)) return bad_name(name);
  auto all = read_all(state_dir);
  if (!all) return all.error();
  const auto found = named(*all, name);
  if (found == all->end())
    return Error{"secret.missing", "there is no such secret", "callgate secret set " + name};
  if (found->entry.place == SecretPlace::File) return std::move(found->value);
  auto keyring = Keyring::installed();
  if (!keyring) {
    Error error = keyring.error();
    error.next =
        "start callgate where the keyring is available, or keep the secret in a file: "
        "callgate secret set " +
        name + " --in file";
    return error;
  }
  return keyring->lookup(name, found->entry.version);
}

Result<SecretSet> set_secret(const std::string& state_dir, const std::string& name,
                             const std::string& value, SecretKeep keep, Micros now) {
  if (!is_secret_name(name)) return bad_name(name);
  if (Status good = check_value(value); !good) return good.error();
  make_state_folder(state_dir);
  // The file is read before the keyring is used. If the file cannot be read, the secret cannot be
  // added to it. An entry in the keyring would then be useless, because nobody could find it.
  if (const auto all = read_all(state_dir); !all) return all.error();
  SecretSet out;
  out.entry = {.name = name,
               .place = SecretPlace::File,
               .set = format_wall(now),
               .version = hex(random_bytes(8))};
  if (keep != SecretKeep::File) {
    const Status kept = into_keyring(out.entry, value);
    if (kept) out.entry.place = SecretPlace::Keyring;
    if (!kept && keep == SecretKeep::Keyring) return kept.error();
    if (!kept) out.why_file = kept.error().message;
  }
  auto before = put(
      state_dir, {.entry = out.entry, .value = out.entry.place == SecretPlace::File ? value : ""});
  if (!before) {
    drop_from_keyring(out.entry);
    return before.error();
  }
  out.replaced = before->has_value();
  if (*before) drop_from_keyring(**before);
  return out;
}

Result<bool> remove_secret(const std::string& state_dir, const std::string& name) {
  std::optional<SecretEntry> gone;
  {
    // Reads first without a lock, so that neither a lock file nor the folder is created if the
    // secret does not exist.
    auto all = read_all(state_dir);
    if (!all) return all.error();
    if (named(*all, name) == all->end()) return false;
    const PrivateLock lock(kSecretFile, file_in(state_dir));
    if (!lock.status().ok()) return lock.status().error();
    all = read_all(state_dir);
    if (!all) return all.error();
    const auto found = named(*all, name);
    if (found == all->end()) return false;
    gone = found->entry;
    all->erase(found);
    if (Status written = write_all(state_dir, *all); !written) return written.error();
  }
  drop_from_keyring(*gone);
  return true;
}

}  // namespace callgate
