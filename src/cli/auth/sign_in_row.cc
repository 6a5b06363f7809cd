#include "sign_in_row.h"

#include <fmt/core.h>

#include "callgate/base/text.h"
#include "callgate/base/time.h"

namespace callgate {

namespace {

using SignInState = SignInRow::State;

void require_sign_in(SignInRow& row, std::string why) {
  row.state = SignInState::Required;
  row.why = std::move(why);
  row.command = login_command(row.server, row.account);
}

void describe_grant(SignInRow& row, const StoredSignIn& stored, const SignInTarget& target,
                    Micros now) {
  const Grant& grant = *stored.grant;
  row.state = SignInState::SignedIn;
  row.issuer = grant.issuer;
  row.scopes = grant.granted;
  row.expires = grant.expires;
  row.refreshes = !grant.refresh_token.empty();
  const auto settings = sign_in_settings(target, "");
  const auto why =
      settings ? why_unusable(grant, target, settings->overrides_digest()) : std::nullopt;
  if (!stored.why_none.empty()) return require_sign_in(row, stored.why_none);
  if (why) return require_sign_in(row, *why);
  if (grant.expires && now >= *grant.expires && !row.refreshes)
    return require_sign_in(row,
                           "the last sign-in has expired, and the server gave no way to renew it");
  if (stored.demand && stored.demand->kind == SignInDemand::Kind::MoreScopes) {
    row.why = "it wants more rights: " + cleaned_text(scope_text(stored.demand->scopes));
    row.command = login_command(row.server, row.account);
  }
}

void describe_stored(SignInRow& row, const SignInStore& store, const SignInTarget& target,
                     Micros now) {
  const auto stored = store.read(target.key());
  if (!stored) {
    row.state = SignInState::Unreadable;
    row.why = stored.error().message;
    row.command = login_command(row.server, row.account);
    return;
  }
  if (!*stored) return;
  row.place = store.place(target.key());
  if ((*stored)->grant) return describe_grant(row, **stored, target, now);
  if (!(*stored)->why_none.empty() || (*stored)->demand) require_sign_in(row, (*stored)->why_none);
}

}  // namespace

std::vector<std::string> overrides_of(const SignInConfig& config) {
  std::vector<std::string> words;
  if (!config.issuer.empty()) words.push_back("issuer " + config.issuer);
  if (config.assume_pkce) words.emplace_back("pkce assume");
  if (config.omit_resource) words.emplace_back("resource none");
  return words;
}

SignInRow sign_in_row(Loop& loop, const AuthAccount& account, Micros now) {
  SignInRow row;
  row.server = account.server.name;
  row.account = account.account;
  row.overrides = overrides_of(account.server.remote->sign_in);
  if (account.server.remote->sign_in.way == SignInConfig::Way::Never)
    row.state = SignInState::Never;
  if (has_own_credentials(account.server)) row.state = SignInState::Header;
  if (row.state != SignInState::NotAsked) return row;
  const auto options = login_options(loop, account, Resolve::Address);
  if (!options) {
    row.state = SignInState::Unreadable;
    row.why = options.error().message;
    return row;
  }
  row.url = options->target.url;
  describe_stored(row, SignInStore(account.places.state_dir), options->target, now);
  return row;
}

std::string_view state_words(SignInState state) {
  switch (state) {
    case SignInState::SignedIn:
      return "signed in";
    case SignInState::Required:
      return "sign-in required";
    case SignInState::NotAsked:
      return "not asked for";
    case SignInState::Header:
      return "header in the configuration";
    case SignInState::Never:
      return "never";
    case SignInState::Unreadable:
      return "unreadable";
  }
  return "";
}

void write_sign_in_row(JsonWriter& json, const SignInRow& row) {
  const auto text = [&json](const char* key, const std::string& value) {
    json.key(key);
    value.empty() ? json.null() : json.string(value);
  };
  json.begin_object().key("server").string(row.server);
  text("account", row.account);
  json.key("state").string(state_words(row.state));
  text("why", row.why);
  text("command", row.command);
  text("issuer", row.issuer);
  json.key("scopes").strings(row.scopes).key("expires");
  row.expires ? json.string(format_wall(*row.expires)) : json.null();
  json.key("refreshes").boolean(row.refreshes);
  text("kept_in", row.place);
  json.key("overrides").strings(row.overrides).end_object();
}

}  // namespace callgate
