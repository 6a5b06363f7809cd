// The sign-ins to remote servers, which all processes of this user share: where they are kept, and
// how a server's settings are made from its entry.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "callgate/app/environment.h"
#include "callgate/base/result.h"
#include "callgate/base/time.h"
#include "callgate/signin/grant.h"
#include "callgate/signin/settings.h"

namespace callgate {

/// What a sign-in is for. Entries with the same URL and account share one sign-in, whatever their
/// names are.
struct SignInKey {
  std::string url;      ///< the server's URL, without references
  std::string account;  ///< empty for the only account
  bool operator==(const SignInKey&) const = default;
};

struct StoredSignIn {
  SignInKey key;
  std::optional<Grant> grant;
  /// Why a person must sign in, as the end of a sentence about the server. If it is set, `grant` is
  /// not used. Empty if the grant can be used, or if nobody has ever signed in.
  std::string why_none;
  /// What the server demanded when it last refused a request. The next sign-in begins with it.
  std::optional<SignInDemand> demand;
  Micros changed{};
};

/// Keeps sign-ins and registered clients in the keyring if it answers, and otherwise in a file with
/// mode 0600. A value is written and read back before the old one is removed. All functions block.
/// Errors: those of secrets.h, with next steps of their own, and "signin.stored".
class SignInStore {
 public:
  explicit SignInStore(const std::string& state_dir);

  /// Returns nullopt if nothing is stored.
  Result<std::optional<StoredSignIn>> read(const SignInKey& key) const;
  Status write(const StoredSignIn& sign_in) const;
  Status remove(const SignInKey& key) const;
  /// Returns all stored sign-ins.
  Result<std::vector<StoredSignIn>> all() const;

  Result<std::vector<ClientRegistration>> registrations() const;
  Status write(const ClientRegistration& registration) const;
  Status remove_registration(const std::string& issuer, const std::string& redirect_uri) const;

  /// Returns a number that changes whenever something is written. Reads no file, only its times.
  /// Returns 0 if nothing is stored.
  int64_t version() const;
  /// Says where the values of this key are: "keyring" or "file"; empty if nothing is stored.
  std::string place(const SignInKey& key) const;
  /// The path of the lock that one process at a time holds while it refreshes this grant. The
  /// folder exists afterwards.
  std::string lock_path(const SignInKey& key) const;

 private:
  std::string folder_;
};

/// A remote server whose references are resolved, and one of its accounts.
struct SignInTarget {
  std::string server;  ///< its name in the configuration, for messages
  std::string account;
  std::string url;
  SignInConfig config;
  WebNetwork network;
  SignInKey key() const { return {.url = url, .account = account}; }
};

/// Makes the settings for a sign-in. `redirect_uri` is where the caller listens; it may be empty if
/// no browser is used. Error: "signin.settings", for a value that cannot be used.
Result<SignInSettings> sign_in_settings(const SignInTarget& target,
                                        const std::string& redirect_uri);

/// Returns the client to which the grant was given: the configured one, or a registered one.
ClientIdentity granted_client(const SignInTarget& target, const Grant& grant,
                              const std::vector<ClientRegistration>& registrations);

bool same_tokens(const Grant& a, const Grant& b);

/// Returns why a stored grant must not be used for this server any more, as the end of a sentence
/// about the server; nullopt if it may be used. `overrides` is the digest of the server's settings
/// (SignInSettings::overrides_digest()).
std::optional<std::string> why_unusable(const Grant& grant, const SignInTarget& target,
                                        const std::string& overrides);

/// The command that a person must run, such as "callgate auth login linear --account work".
std::string login_command(const std::string& server, const std::string& account);

}  // namespace callgate
