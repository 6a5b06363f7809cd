// Short descriptions of the keys of a remote server's `auth` object.
#include "shape.h"

namespace callgate {

namespace {

void add_client_notes(Notes& notes, const std::string& before) {
  notes[before + "client_id"] = {"The client that you have registered with the server", ""};
  notes[before + "client_secret"] = {"The client's secret; write it as a reference", ""};
  notes[before + "client_auth"] = {
      "How the client proves who it is. By default, callgate chooses what the server supports", ""};
  notes[before + "private_key"] = {
      "The client's private key in PEM format; write it as a reference such as ${file:PATH}", ""};
  notes[before + "key_id"] = {"The kid in the JWT that the private key signs", ""};
  notes[before + "audience"] = {
      "The aud in the JWT that the private key signs; by default the issuer", ""};
}

}  // namespace

Notes sign_in_notes() {
  Notes notes = {
      {"auth.way",
       {"browser: a person signs in with the browser; device: a person types a code on any device; "
        "client_credentials: the client has a secret or a key of its own; workload: the platform "
        "gave a JWT; enterprise: the identity provider of your organisation vouches for you; "
        "never: fail if the server wants a sign-in",
        "\"browser\""}},
      {"auth.scopes", {"The scopes to request, instead of those that the server names", "[]"}},
      {"auth.client_issuer",
       {"The only authorization server that may learn of client_id; the metadata of any other one "
        "is refused",
        ""}},
      {"auth.client_document",
       {"The https URL of a client ID metadata document, which is then the client_id", ""}},
      {"auth.redirect_uri",
       {"Where the browser returns to, for a client that is registered with a fixed address", ""}},
      {"auth.parameters",
       {"Further parameters of the authorization request, such as access_type: offline", "{}"}},
      {"auth.issuer",
       {"What the metadata of the authorization server must name as its issuer, if that differs "
        "from what the rules demand. This weakens a check",
        ""}},
      {"auth.pkce",
       {"assume: do not demand that the metadata promises PKCE. This weakens a check",
        "\"check\""}},
      {"auth.resource",
       {"none: leave out the parameter resource, which some servers do not accept. This weakens a "
        "check",
        "\"send\""}},
      {"auth.assertion", {"For workload: the JWT; write it as a reference such as ${cmd:...}", ""}},
      {"auth.provider", {"For enterprise: the identity provider and our client there", "{}"}},
      {"auth.provider.token_endpoint", {"The token endpoint of the identity provider", ""}},
      {"auth.provider.id_token",
       {"The ID token of your sign-in with the identity provider; write it as a reference", ""}},
  };
  add_client_notes(notes, "auth.");
  add_client_notes(notes, "auth.provider.");
  return notes;
}

}  // namespace callgate
