// `callgate auth logout`: ends a sign-in.
#include <fmt/core.h>

#include <memory>
#include <optional>

#include "auth_server.h"
#include "callgate/app/sign_out.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"

namespace callgate {

namespace {

Result<SignedOut> wait_for_sign_out(Loop& loop, const LoginOptions& options) {
  HttpLoop http(loop);
  std::optional<Result<SignedOut>> result;
  const SignOut sign_out(loop, http, options.target, options.state_dir, [&](Result<SignedOut> end) {
    result = std::move(end);
    loop.stop();
  });
  while (!result) loop.run();
  return *result;
}

void print_signed_out(const SignInTarget& target, const SignedOut& end, const Common& common) {
  if (common.json || common.jsonl) {
    JsonWriter json;
    json.begin_object().key("server").string(target.server);
    json.key("account").string(target.account).key("was_signed_in").boolean(end.was_signed_in);
    json.key("still_valid");
    end.still_valid ? json.string(end.still_valid->message) : json.null();
    return print_json(json.end_object().take());
  }
  if (common.quiet) return;
  const std::string server = shown_server(target.server, target.account);
  print_message(end.was_signed_in ? fmt::format("you are signed out of {}", server)
                                  : fmt::format("you were not signed in to {}", server));
  if (end.still_valid) print_message(end.still_valid->text());
}

int run_logout(const AuthNames& names, const Common& common) {
  const auto account = auth_account(names, common);
  if (!account) return auth_failed(account.error());
  Loop loop;
  // Secrets of the entry may be needed to revoke the tokens, but not to delete them.
  auto options = login_options(loop, *account, Resolve::Everything);
  if (!options) options = login_options(loop, *account, Resolve::Address);
  if (!options) return fail(options.error());
  const auto end = wait_for_sign_out(loop, *options);
  if (!end) return fail(end.error());
  print_signed_out(options->target, *end, common);
  tell_gates(*account);
  return end->was_signed_in ? kDone : kNothingFound;
}

}  // namespace

Run add_auth_logout(Syntax& syntax) {
  const auto names = std::make_shared<AuthNames>();
  syntax.required("SERVER", names->server, "a configured server that has a URL");
  syntax.value("--account", "NAME", names->account, "which of the server's accounts");
  return [names](const Common& common) { return run_logout(*names, common); };
}

}  // namespace callgate
