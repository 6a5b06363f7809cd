// The settings of a sign-in, from a server's entry in the configuration.
#include "callgate/app/sign_ins.h"
#include "callgate/base/text.h"

namespace callgate {

namespace {

SignInWay way_of(SignInConfig::Way way) {
  switch (way) {
    case SignInConfig::Way::Browser:
    case SignInConfig::Way::Never:
      return SignInWay::Browser;
    case SignInConfig::Way::DeviceCode:
      return SignInWay::DeviceCode;
    case SignInConfig::Way::ClientCredentials:
      return SignInWay::ClientCredentials;
    case SignInConfig::Way::WorkloadJwt:
      return SignInWay::WorkloadJwt;
    case SignInConfig::Way::Enterprise:
      return SignInWay::Enterprise;
  }
  return SignInWay::Browser;
}

ClientIdentity identity_of(const SignInConfig::Client& from) {
  ClientIdentity client;
  client.id = from.id;
  client.auth = read_client_auth(from.auth).value_or(ClientAuth::None);
  client.secret = Secret(from.secret);
  client.private_key = Secret(from.private_key);
  client.key_id = from.key_id;
  client.audience = from.audience;
  return client;
}

}  // namespace

Result<SignInSettings> sign_in_settings(const SignInTarget& target,
                                        const std::string& redirect_uri) {
  const SignInConfig& config = target.config;
  if (config.way == SignInConfig::Way::Never)
    return Error{"signin.settings",
                 "the entry of server '" + target.server + "' says that it needs no sign-in",
                 "remove \"way\": \"never\" from its \"auth\""};
  SignInSettings settings;
  settings.server = target.server;
  settings.url = target.url;
  settings.account = target.account;
  settings.way = way_of(config.way);
  settings.redirect_uri = redirect_uri;
  settings.client = identity_of(config.client);
  settings.auth_is_set = !config.client.auth.empty();
  settings.client_issuer = config.client_issuer;
  settings.client_document = config.client_document;
  settings.software_id = "2f3f1dd4-6f0e-4a55-9a35-6b1f3d3c5c0e";
  settings.scopes = config.scopes;
  settings.parameters = config.parameters;
  settings.issuer = config.issuer;
  settings.assume_pkce = config.assume_pkce;
  settings.omit_resource = config.omit_resource;
  settings.assertion = Secret(config.assertion);
  settings.provider_token_endpoint = config.provider_token_endpoint;
  settings.provider_client = identity_of(config.provider_client);
  settings.id_token = Secret(config.id_token);
  return settings;
}

ClientIdentity granted_client(const SignInTarget& target, const Grant& grant,
                              const std::vector<ClientRegistration>& registrations) {
  if (target.config.client.id == grant.client_id) return identity_of(target.config.client);
  ClientIdentity client;
  client.id = grant.client_id;
  for (const ClientRegistration& registration : registrations)
    if (registration.issuer == grant.issuer && registration.client_id == grant.client_id)
      client.secret = registration.client_secret;
  return client;
}

bool same_tokens(const Grant& a, const Grant& b) {
  return a.access_token == b.access_token && a.refresh_token == b.refresh_token;
}

std::optional<std::string> why_unusable(const Grant& grant, const SignInTarget& target,
                                        const std::string& overrides) {
  const auto url = parse_url(target.url);
  if (!url || !grant.may_go_to(*url)) return "the stored sign-in is for another address";
  if (grant.overrides != overrides)
    return "its \"auth\" in the configuration has changed since the last sign-in";
  const std::string& client = target.config.client.id;
  if (!client.empty() && client != grant.client_id)
    return "its \"client_id\" has changed since the last sign-in";
  return std::nullopt;
}

std::string login_command(const std::string& server, const std::string& account) {
  std::string command = "callgate auth login " + server;
  if (!account.empty()) command += " --account " + account;
  return command;
}

}  // namespace callgate
