// `callgate auth login`: signs in to a remote server.
#include <fmt/core.h>

#include <memory>
#include <optional>

#include "auth_server.h"
#include "browser.h"
#include "callgate/base/text.h"
#include "callgate/wire/writer.h"
#include "cli/commands.h"
#include "cli/text/time_text.h"
#include "pasted_lines.h"

namespace callgate {

namespace {

struct LoginRequest {
  AuthNames names;
  bool no_browser = false;
};

/// What the user sees during one sign-in.
class LoginDialogue {
 public:
  LoginDialogue(Loop& loop, HttpLoop& http, LoginOptions options, bool may_open)
      : loop_(loop),
        shown_(shown_server(options.target.server, options.target.account)),
        may_open_(may_open),
        login_(loop, http, std::move(options),
               {.on_browser = [this](const std::string& url, Micros) { show_url(url); },
                .on_code = [this](const ShowCode& code) { show_code(code); },
                .on_done = [this](Result<Grant> result) { done(std::move(result)); }}) {}

  Result<Grant> run() {
    while (!result_) loop_.run();
    return *result_;
  }

 private:
  void show_url(const std::string& url) {
    if (may_open_)
      browser_ = open_browser(loop_, url, [this](int status) { browser_ended(status); });
    if (browser_) {
      print_message(fmt::format("to sign in to {}, use the page that the browser opens", shown_));
      print_message("if no page opens, open this address:");
    } else {
      print_message(fmt::format("to sign in to {}, open this address in a browser:", shown_));
    }
    print_message(url);
    if (!browser_) read_pasted();
    print_message("callgate waits for at most ten minutes");
  }

  void browser_ended(int status) {
    if (status == 0 || result_) return;
    print_message(fmt::format(
        "the command that opens the browser failed (exit status {}); open the address yourself",
        status));
  }

  void read_pasted() {
    print_message(
        "if that browser runs on another machine, it cannot open the last page: copy the address "
        "of that page, and paste it here");
    pasted_ = std::make_unique<PastedLines>(loop_, [this](std::string_view line) {
      if (!login_.pasted(line))
        print_message(
            "that is not the address of this sign-in; copy the whole text from the browser's "
            "address bar");
    });
  }

  void show_code(const ShowCode& code) {
    print_message(fmt::format(
        "to sign in to {}, open {} on any device, and type this code:", shown_, code.url));
    print_message(code.user_code);
    if (!code.complete_url.empty())
      print_message("or open this address, which has the code: " + code.complete_url);
    print_message(fmt::format("the code expires at {}", local_time(code.until).substr(0, 16)));
  }

  void done(Result<Grant> result) {
    result_ = std::move(result);
    loop_.stop();
  }

  Loop& loop_;
  const std::string shown_;
  const bool may_open_;
  std::optional<Result<Grant>> result_;
  std::unique_ptr<Process> browser_;
  std::unique_ptr<PastedLines> pasted_;
  Login login_;
};

void print_grant(const LoginOptions& options, const Grant& grant, const Common& common) {
  const SignInTarget& target = options.target;
  const std::string place = SignInStore(options.state_dir).place(target.key());
  if (common.json || common.jsonl) {
    JsonWriter json;
    json.begin_object().key("server").string(target.server);
    json.key("account").string(target.account).key("issuer").string(grant.issuer);
    json.key("scopes").strings(grant.granted).key("expires");
    grant.expires ? json.string(format_wall(*grant.expires)) : json.null();
    json.key("refreshes").boolean(!grant.refresh_token.empty());
    return print_json(json.key("kept_in").string(place).end_object().take());
  }
  if (common.quiet) return;
  print_message(
      fmt::format("you are signed in to {}", shown_server(target.server, target.account)));
  if (!grant.granted.empty()) print_message("scopes: " + joined(grant.granted, " "));
  if (grant.refresh_token.empty() && grant.expires)
    print_message(fmt::format("the server gave no refresh token, so you must sign in again at {}",
                              local_time(*grant.expires).substr(0, 16)));
  print_message(place == "keyring" ? "the tokens are in the keyring"
                                   : "the tokens are in a file that only you can read");
}

int run_login(const LoginRequest& request, const Common& common) {
  const auto account = auth_account(request.names, common);
  if (!account) return auth_failed(account.error());
  if (Status needed = needs_no_header(account->server); !needed) return fail(needed.error());
  const auto person = person_contacts(account->places, account->server.name);
  if (!person) return fail(person.error());
  Loop loop;
  HttpLoop http(loop);
  const auto options = login_options(loop, *account, Resolve::Everything);
  if (!options) return fail(options.error());
  Result<Grant> grant = Error{};
  {
    LoginDialogue dialogue(loop, http, *options, !request.no_browser && *person);
    grant = dialogue.run();
  }
  if (!grant) return fail(grant.error());
  print_grant(*options, *grant, common);
  tell_gates(*account);
  return kDone;
}

}  // namespace

Run add_auth_login(Syntax& syntax) {
  const auto request = std::make_shared<LoginRequest>();
  syntax.required("SERVER", request->names.server, "a configured server that has a URL");
  syntax.value("--account", "NAME", request->names.account,
               "which of the server's accounts to sign in to");
  syntax.flag("--no-browser", request->no_browser,
              "open no browser; print the address, and read the address of the last page");
  return [request](const Common& common) { return run_login(*request, common); };
}

}  // namespace callgate
