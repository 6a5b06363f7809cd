// Sign-ins and registrations are kept by the functions for secrets, in a folder of their own. The
// names of these secrets are digests of their keys, because a URL cannot be a name.
#include <sys/stat.h>

#include <algorithm>

#include "callgate/app/secrets.h"
#include "callgate/app/sign_ins.h"
#include "callgate/base/digest.h"
#include "callgate/io/private_file.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr std::string_view kSignIn = "sign-in.", kClient = "client.";

std::string stored_name(std::string_view kind, const std::string& a, const std::string& b) {
  return std::string(kind) + hex(sha256(a + '\0' + b)).substr(0, 40);
}

std::string key_name(const SignInKey& key) { return stored_name(kSignIn, key.url, key.account); }

/// The functions for secrets propose their own commands, which do not apply here.
Error store_error(Error error) {
  error.message = "the stored sign-ins: " + error.message;
  error.next = error.code == "secret.keyring" ? "unlock the keyring, or sign in again"
                                              : "correct this, or move the file away and sign in "
                                                "again with callgate auth login";
  return error;
}

Error unreadable() {
  return {"signin.stored", "the stored sign-in cannot be read",
          "sign in again with callgate auth login"};
}

void write_demand(JsonWriter& json, const SignInDemand& demand) {
  json.begin_object().key("kind").integer(static_cast<int>(demand.kind));
  json.key("resource_metadata").string(demand.resource_metadata);
  json.key("scopes").strings(demand.scopes);
  json.key("error").string(demand.error).key("description").string(demand.error_description);
  json.end_object();
}

SignInDemand read_stored_demand(Value from) {
  SignInDemand demand;
  const int64_t kind = from.find("kind").integer().value_or(0);
  if (kind > 0 && kind <= static_cast<int>(SignInDemand::Kind::OtherScheme))
    demand.kind = static_cast<SignInDemand::Kind>(kind);
  demand.resource_metadata = from.find("resource_metadata").text();
  for (const Value scope : from.find("scopes")) demand.scopes.push_back(scope.text());
  demand.error = from.find("error").text();
  demand.error_description = from.find("description").text();
  return demand;
}

std::string json_of(const StoredSignIn& sign_in) {
  JsonWriter json;
  json.begin_object().key("url").string(sign_in.key.url);
  json.key("account").string(sign_in.key.account);
  json.key("changed").integer(sign_in.changed.count());
  json.key("why_none").string(sign_in.why_none);
  if (sign_in.grant) {
    std::string grant = grant_json(*sign_in.grant);
    json.key("grant").raw(grant);
    wipe(grant);
  }
  if (sign_in.demand) write_demand(json.key("demand"), *sign_in.demand);
  return json.end_object().take();
}

Result<StoredSignIn> read_sign_in_json(const std::string& json) {
  auto message = Walker().walk(json);
  if (!message || !(*message)->root().is_object()) return unreadable();
  const Value root = (*message)->root();
  StoredSignIn sign_in;
  sign_in.key = {.url = root.find("url").text(), .account = root.find("account").text()};
  sign_in.changed = Micros(root.find("changed").integer().value_or(0));
  sign_in.why_none = root.find("why_none").text();
  if (const Value grant = root.find("grant")) {
    auto read = read_grant(std::string(grant.raw()));
    if (!read) return read.error();
    sign_in.grant = std::move(*read);
  }
  if (const Value demand = root.find("demand")) sign_in.demand = read_stored_demand(demand);
  return sign_in;
}

/// Returns the value of one secret, or nullopt if there is none.
Result<std::optional<std::string>> stored_value(const std::string& folder,
                                                const std::string& name) {
  auto value = read_secret(folder, name);
  if (value) return std::optional<std::string>(std::move(*value));
  if (value.error().code == "secret.missing") return std::optional<std::string>();
  return store_error(value.error());
}

/// Writes a secret, and reads it back before it counts as written.
Status put_value(const std::string& folder, const std::string& name, std::string value) {
  const Micros now =
      std::chrono::duration_cast<Micros>(std::chrono::system_clock::now().time_since_epoch());
  const auto set = set_secret(folder, name, value, SecretKeep::Auto, now);
  if (!set) return store_error(set.error());
  auto back = read_secret(folder, name);
  const bool same = back && same_secret(*back, value);
  wipe(value);
  if (back) wipe(*back);
  if (same) return {};
  if (!back) return store_error(back.error());
  return Error{"secret.write", "the stored sign-in is not what was written",
               "check the disk, then sign in again"};
}

/// Calls `use` with the value of each secret whose name begins with `kind`.
template <class Use>
Status each_value(const std::string& folder, std::string_view kind, const Use& use) {
  const auto entries = list_secrets(folder);
  if (!entries) return store_error(entries.error());
  for (const SecretEntry& entry : *entries) {
    if (!entry.name.starts_with(kind)) continue;
    auto value = stored_value(folder, entry.name);
    if (!value) return value.error();
    if (!*value) continue;  // removed meanwhile
    Status used = use(**value);
    wipe(**value);
    if (!used) return used;
  }
  return {};
}

}  // namespace

SignInStore::SignInStore(const std::string& state_dir) : folder_(state_dir + "/sign-ins") {}

Result<std::optional<StoredSignIn>> SignInStore::read(const SignInKey& key) const {
  auto value = stored_value(folder_, key_name(key));
  if (!value) return value.error();
  if (!*value) return std::optional<StoredSignIn>();
  auto sign_in = read_sign_in_json(**value);
  wipe(**value);
  if (!sign_in) return sign_in.error();
  if (sign_in->key != key) return unreadable();
  return std::optional<StoredSignIn>(std::move(*sign_in));
}

Status SignInStore::write(const StoredSignIn& sign_in) const {
  return put_value(folder_, key_name(sign_in.key), json_of(sign_in));
}

Status SignInStore::remove(const SignInKey& key) const {
  const auto removed = remove_secret(folder_, key_name(key));
  return removed ? Status() : store_error(removed.error());
}

Result<std::vector<StoredSignIn>> SignInStore::all() const {
  std::vector<StoredSignIn> all;
  const Status read = each_value(folder_, kSignIn, [&all](const std::string& json) -> Status {
    auto sign_in = read_sign_in_json(json);
    if (!sign_in) return sign_in.error();
    all.push_back(std::move(*sign_in));
    return {};
  });
  if (!read) return read.error();
  return all;
}

Result<std::vector<ClientRegistration>> SignInStore::registrations() const {
  std::vector<ClientRegistration> all;
  const Status read = each_value(folder_, kClient, [&all](const std::string& json) -> Status {
    auto registration = read_registration(json);
    if (!registration) return registration.error();
    all.push_back(std::move(*registration));
    return {};
  });
  if (!read) return read.error();
  return all;
}

Status SignInStore::write(const ClientRegistration& registration) const {
  return put_value(folder_, stored_name(kClient, registration.issuer, registration.redirect_uri),
                   registration_json(registration));
}

Status SignInStore::remove_registration(const std::string& issuer,
                                        const std::string& redirect_uri) const {
  const auto removed = remove_secret(folder_, stored_name(kClient, issuer, redirect_uri));
  return removed ? Status() : store_error(removed.error());
}

int64_t SignInStore::version() const {
  struct stat about {};
  if (::stat((folder_ + "/secrets").c_str(), &about) != 0) return 0;
#ifdef __APPLE__
  const timespec& time = about.st_mtimespec;
#else
  const timespec& time = about.st_mtim;
#endif
  // Each write makes a new file, so its number differs even if the clock is coarse.
  const auto number = static_cast<int64_t>(about.st_ino);
  return (int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec) ^ (number << 20) ^ 1;
}

std::string SignInStore::place(const SignInKey& key) const {
  const auto entries = list_secrets(folder_);
  if (!entries) return "";
  const std::string name = key_name(key);
  for (const SecretEntry& entry : *entries)
    if (entry.name == name) return secret_place_word(entry.place);
  return "";
}

std::string SignInStore::lock_path(const SignInKey& key) const {
  make_state_folder(folder_);
  return folder_ + "/" + key_name(key) + ".lock";
}

}  // namespace callgate
