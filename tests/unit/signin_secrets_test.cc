// No secret appears in an error or in the trace, also if a server repeats what it was sent.
#include <string>

#include "callgate/wire/writer.h"
#include "signin_world.h"
#include "test_keys.h"

using namespace callgate;

namespace {

/// Returns a text with everything that is secret so far, and with what a request said. It is longer
/// than what is shown, and is cut at other places for another `shift`.
std::string indiscreet(const FakeServer& server, const WebRequest& request, size_t shift) {
  std::string text(shift, '.');
  for (const std::string& secret : server.secrets)
    text += " " + secret + " " + form_encoded(secret);
  text += " " + request.body;
  for (const auto& [name, value] : request.fields) text += " " + name + ": " + value;
  return text;
}

/// Answers with an error that repeats everything, in each format that servers use.
FakeServer::Route repeating(const FakeServer& server, int status, size_t shift) {
  return [&server, status, shift](const WebRequest& request) {
    const std::string text = quote(indiscreet(server, request, shift));
    return json_answer(status, "{\"error\":" + text + ",\"error_description\":" + text + "}");
  };
}

void add_form_secrets(FakeServer& server) {
  for (const WebRequest& one : server.seen)
    for (const auto& [name, value] : read_form(one.body))
      for (const char* secret : {"code", "code_verifier", "client_secret", "client_assertion",
                                 "refresh_token", "device_code"})
        if (name == secret) server.secrets.push_back(value);
}

}  // namespace

TEST_CASE("an authorization server that repeats all it knows reveals nothing") {
  for (size_t shift = 0; shift < 300; shift += 7) {
    for (const int status : {200, 400, 401, 422}) {
      for (const char* at : {"https://as.example/register", "https://as.example/token"}) {
        FakeServer server;
        server.registration["client_secret"] = "\"a secret of the client\"";
        server.registration["token_endpoint_auth_method"] = "\"client_secret_post\"";
        // A client that is refused at once never learns its secret.
        if (std::string(at).ends_with("token"))
          server.secrets.emplace_back("a secret of the client");
        server.routes[at] = repeating(server, status, shift);
        SignIn sign_in(start_for(server), kSignInTime, test_random(server));
        finish(sign_in, server);
        add_form_secrets(server);
        REQUIRE(std::holds_alternative<SignInError>(sign_in.next()));
        check_no_secrets(sign_in.trace(), &std::get<SignInError>(sign_in.next()), server);
      }
    }
  }
}

TEST_CASE("a client's credentials are not repeated, in whichever way it authenticates") {
  for (const ClientAuth auth : {ClientAuth::Basic, ClientAuth::Post, ClientAuth::PrivateKeyJwt}) {
    FakeServer server;
    server.metadata["token_endpoint_auth_methods_supported"] = R"(["private_key_jwt"])";
    server.routes["https://as.example/token"] = repeating(server, 401, 0);
    SignInStart start = start_for(server);
    start.settings.way = SignInWay::ClientCredentials;
    start.settings.client = {.id = "machine", .auth = auth, .secret = Secret("s3cret: of it")};
    start.settings.client.private_key = Secret(kEcKey);
    start.settings.auth_is_set = true;
    server.secrets.emplace_back("s3cret: of it");
    SignIn sign_in(start, kSignInTime);  // the id of the JWT is random, but no secret
    finish(sign_in, server);
    add_form_secrets(server);
    for (const auto& [name, value] : server.seen.back().fields)
      if (name == "Authorization") server.secrets.push_back(value.substr(6));
    check_no_secrets(sign_in.trace(), &std::get<SignInError>(sign_in.next()), server);
  }
}

TEST_CASE("tokens in an answer that is refused are not repeated") {
  for (const char* body :
       {R"({"access_token":"t0ken-1","refresh_token":"t0ken-2","token_type":"t0ken-1 t0ken-2"})",
        R"({"access_token":"t0ken-1","error":"t0ken-1"})", R"({"access_token":"t0ken-1)",
        R"({"access_token":"t0ken-1 ","token_type":"Bearer"})"}) {
    FakeServer server;
    server.secrets = {"t0ken-1", "t0ken-2"};
    server.routes["https://as.example/token"] = [&](const WebRequest&) {
      return json_answer(200, body);
    };
    CHECK(sign_in_at(server).error);
  }
}

TEST_CASE("a redirect that repeats the state reveals nothing") {
  FakeServer server;
  SignIn sign_in(start_for(server), kSignInTime, test_random(server));
  while (const auto* send = std::get_if<SendRequest>(&sign_in.next())) {
    const WebRequest request = send->request;
    sign_in.answer(server(request), kSignInTime);
  }
  const std::string query = server.browse(std::get<OpenBrowser>(sign_in.next()).url);
  const std::string state = form_value(read_form(query), "state");
  const std::string text = std::string(295, '.') + state;
  CHECK(sign_in.redirected(
      form_text({{"state", state}, {"error", text}, {"error_description", text}}), kSignInTime));
  server.secrets.push_back(state.substr(0, 4));
  check_no_secrets(sign_in.trace(), &std::get<SignInError>(sign_in.next()), server);
}
