// Finds the remote server, and the account, that a command of `callgate auth` names.
#pragma once

#include <string>
#include <vector>

#include "callgate/app/login.h"
#include "cli/text/common.h"

namespace callgate {

/// The words of a command line.
struct AuthNames {
  std::string server, account;
};

/// One account of a remote server, as the configuration describes it.
struct AuthAccount {
  Places places;
  LoginPath login_path = LoginPath::Auto;
  ServerConfig server;
  std::string account;  ///< empty for the only one
};

/// Returns the accounts of all remote servers; if `names` has a server, only those of that server,
/// and if it has an account, only that one. A URL names a server that need not be configured.
/// Errors: those of config_or_errors(), "auth.unknown_server", "auth.account", and "auth.local" for
/// a server without a URL.
Result<std::vector<AuthAccount>> auth_accounts(const AuthNames& names, const Common& common);
/// Like auth_accounts(), for a command that needs exactly one account.
Result<AuthAccount> auth_account(const AuthNames& names, const Common& common);

/// Which references of a server's entry are resolved.
enum class Resolve {
  Everything,
  Address,  ///< only those in its URL, so that no command runs for a secret that is not needed
};
/// Resolves the references of the server's entry. Runs the loop meanwhile. Errors: those of
/// resolve_environment().
Result<LoginOptions> login_options(Loop& loop, const AuthAccount& account, Resolve what);
/// True if the entry has a header Authorization, so that no sign-in is used.
bool has_own_credentials(const ServerConfig& server);
/// Returns the error of a command that needs a sign-in, if has_own_credentials().
Status needs_no_header(const ServerConfig& server);

/// Returns true if a person runs this command, and false if a descendant of a client or server
/// does. Errors: "auth.waiting" if that descendant would use a new entry of the server, which a
/// person must first allow with `callgate reload`, and those of act_for_inspection().
Result<bool> person_contacts(const Places& places, const std::string& server);

/// A query may have secrets, so a URL is shown without it.
std::string url_without_query(const std::string& url);
/// Prints the error, and returns the exit code that belongs to it.
int auth_failed(const Error& error);
/// Returns "'NAME'" or "'NAME' (account ACCOUNT)".
std::string shown_server(const std::string& server, const std::string& account);
/// Asks the running gate processes to read the stored sign-in of this account again. The next gate
/// waits for the server, even if it was missing before.
void tell_gates(const AuthAccount& account);

}  // namespace callgate
