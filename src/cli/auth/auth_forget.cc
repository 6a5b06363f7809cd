// `callgate auth forget`: forgets the stored registration of Callgate at a server's authorization
// server, which keeps it.
#include <fmt/core.h>

#include <memory>

#include "auth_server.h"
#include "callgate/wire/writer.h"
#include "check_run.h"
#include "cli/commands.h"

namespace callgate {

namespace {

/// Returns the issuer of the server's authorization server: that of the stored grant, or else that
/// which the server names now.
Result<std::string> issuer_for(Loop& loop, const SignInStore& store, const LoginOptions& options) {
  const auto stored = store.read(options.target.key());
  if (stored && *stored && (*stored)->grant) return (*stored)->grant->issuer;
  const SignInCheckEnd end = check_sign_in(loop, options);
  if (!end.issuer.empty() || !end.error) return end.issuer;
  return *end.error;
}

/// Deletes all registrations of this issuer. Returns how many there were.
Result<size_t> forget_clients(const SignInStore& store, const std::string& issuer) {
  const auto all = store.registrations();
  if (!all) return all.error();
  size_t count = 0;
  for (const ClientRegistration& one : *all) {
    if (one.issuer != issuer) continue;
    if (Status status = store.remove_registration(one.issuer, one.redirect_uri); !status)
      return status.error();
    ++count;
  }
  return count;
}

void print_forgotten(const AuthNames& names, const std::string& issuer, size_t count,
                     const Common& common) {
  if (common.json || common.jsonl) {
    JsonWriter json;
    json.begin_object().key("server").string(names.server).key("issuer").string(issuer);
    return print_json(
        json.key("forgotten").integer(static_cast<int64_t>(count)).end_object().take());
  }
  if (common.quiet) return;
  if (count == 0)
    return print_message(fmt::format("no registration is stored for '{}'", names.server));
  print_message(fmt::format("the registration at {} is deleted here", issuer));
  print_message(fmt::format("the next {} registers again", login_command(names.server, "")));
}

int run_forget(const AuthNames& names, const Common& common) {
  const auto accounts = auth_accounts(names, common);
  if (!accounts) return auth_failed(accounts.error());
  const AuthAccount& account = accounts->front();
  Loop loop;
  const auto options = login_options(loop, account, Resolve::Everything);
  if (!options) return fail(options.error());
  const SignInStore store(account.places.state_dir);
  const auto issuer = issuer_for(loop, store, *options);
  if (!issuer) return fail(issuer.error());
  const auto count = forget_clients(store, *issuer);
  if (!count) return fail(count.error());
  print_forgotten(names, *issuer, *count, common);
  return *count > 0 ? kDone : kNothingFound;
}

}  // namespace

Run add_auth_forget(Syntax& syntax) {
  const auto names = std::make_shared<AuthNames>();
  syntax.required("SERVER", names->server, "a configured server that has a URL");
  return [names](const Common& common) { return run_forget(*names, common); };
}

}  // namespace callgate
