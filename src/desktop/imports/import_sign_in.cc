// Converts the keys with which clients describe how to sign in to a server with OAuth.
#include <fmt/core.h>

#include <algorithm>

#include "bridges.h"
#include "callgate/base/text.h"
#include "server_importer.h"

namespace callgate {

bool ServerImporter::only_client_signs_in(Value object) {
  if (used("headersHelper"))
    refuse(fmt::format("a command of {} writes the server's headers (\"headersHelper\")",
                       client_.title));
  if (const Value provider = used("authProviderType");
      provider && !provider.text_is("dynamic_discovery"))
    refuse(fmt::format("only {} can sign in by \"authProviderType\": \"{}\"", client_.title,
                       provider.text()));
  // With these keys, the client does not ask the server where to sign in, or sends the token in
  // another way.
  for (const char* key :
       {"authServerMetadataUrl", "authorizationUrl", "tokenUrl", "tokenParamName"})
    if (object.find(key))
      refuse(fmt::format("only {} can sign in as \"{}.{}\" says", client_.title,
                         fields_.sign_in.object, key));
  return stays();
}

void ServerImporter::read_sign_in() {
  const ClientSignIn& keys = fields_.sign_in;
  const Value object = used(keys.object);
  if (only_client_signs_in(object) || keys.id.empty()) return;
  SignInConfig& sign_in = out_.server.remote->sign_in;
  if (object && !object.boolean().value_or(true)) sign_in.way = SignInConfig::Way::Never;
  const Value scopes = sign_in_value(object, keys.scopes);
  sign_in.scopes = split_at_blanks(scopes.text());
  if (scopes.is_array())
    for (Value each : scopes) sign_in.scopes.push_back(each.text());
  take_oauth_client(object);
  std::vector<std::string> left;
  if (object.is_object())
    for (Value each : object)
      if (const std::string key = each.key(); !contains(used_, key) && key != "enabled")
        left.push_back(fmt::format("{}.{}", keys.object, key));
  if (!left.empty()) out_.notes.push_back("left out: " + joined(left));
}

Value ServerImporter::sign_in_value(Value object, std::string_view key) {
  const Value in_entry = used(key);
  const Value in_object = key.empty() ? Value() : object.find(key);
  return in_object ? in_object : in_entry;
}

/// Returns the address on this machine to which the client's browser returns; "" if callgate can't
/// use the same address.
std::string ServerImporter::redirect_address(Value object) {
  const ClientSignIn& keys = fields_.sign_in;
  const Value port = sign_in_value(object, keys.port);
  if (const Value whole = sign_in_value(object, keys.redirect_uri); !whole.text().empty())
    return whole.text();
  const int64_t number = port.integer().value_or(keys.usual_port);
  if (keys.host.empty() || number < 1 || number > 65535) return "";
  return fmt::format("http://{}:{}{}", keys.host, number, keys.path);
}

void ServerImporter::take_oauth_client(Value object) {
  const ClientSignIn& keys = fields_.sign_in;
  const std::string address = redirect_address(object);
  const Value secret = sign_in_value(object, keys.secret);
  const Value id = sign_in_value(object, keys.id);
  if (id.text().empty()) return;
  const Template text = read(id, "the client ID for the sign-in");
  if (stays()) return;
  if (address.empty() || !text.plain()) {
    out_.notes.push_back(fmt::format(
        "the client ID for the sign-in is left out, because callgate {}; if the sign-in needs it, "
        "write \"client_id\" and \"redirect_uri\" into \"auth\" of the new entry",
        address.empty()
            ? fmt::format("can't use the address to which the browser returns to {}", client_.title)
            : "needs it as plain text"));
    return;
  }
  SignInConfig& sign_in = out_.server.remote->sign_in;
  sign_in.client.id = text.text();
  sign_in.redirect_uri = address;
  if (!secret.text().empty())
    sign_in.client.secret = as_reference(read(secret, "the client's secret for the sign-in"));
  const bool kept_elsewhere = keys.secret.empty();
  out_.notes.push_back(fmt::format(
      "the sign-in uses the same client ID as {}, and returns to {}{}", client_.title, address,
      kept_elsewhere ? fmt::format("; if the client has a secret, {} stores it itself, so write it "
                                   "into \"auth\" as \"client_secret\"",
                                   client_.title)
                     : ""));
}

}  // namespace callgate
