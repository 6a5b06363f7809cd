#include "signin_world.h"

#include <algorithm>
#include <utility>

#include "callgate/base/base64.h"
#include "callgate/wire/message.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

std::string object_text(const FakeServer::Members& members) {
  JsonWriter out;
  out.begin_object();
  for (const auto& [key, value] : members) out.key(key).raw(value);
  return out.end_object().take();
}

std::string without_query(const std::string& url) { return url.substr(0, url.find('?')); }

bool appears(const std::string& text, const std::string& secret) {
  return text.find(secret) != std::string::npos ||
         text.find(form_encoded(secret)) != std::string::npos;
}

}  // namespace

std::string form_value(const FormFields& fields, const std::string& name) {
  std::string found;
  int times = 0;
  for (const auto& [its_name, value] : fields)
    if (its_name == name) {
      found = value;
      ++times;
    }
  CHECK(times <= 1);
  return found;
}

WebAnswer json_answer(int status, std::string body) {
  return {
      .status = status, .fields = {{"Content-Type", "application/json"}}, .body = std::move(body)};
}

FakeServer::FakeServer(std::string mcp_url, std::string issuer_url)
    : mcp(std::move(mcp_url)), issuer(std::move(issuer_url)) {
  const Url mcp_at = *parse_url(mcp), issuer_at = *parse_url(issuer);
  const std::string at = issuer_at.origin();
  resource_metadata = {{"resource", quote(mcp)},
                       {"authorization_servers", "[" + quote(issuer) + "]"}};
  metadata = {{"issuer", quote(issuer)},
              {"authorization_endpoint", quote(at + "/authorize")},
              {"token_endpoint", quote(at + "/token")},
              {"registration_endpoint", quote(at + "/register")},
              {"response_types_supported", "[\"code\"]"},
              {"code_challenge_methods_supported", "[\"S256\"]"},
              {"token_endpoint_auth_methods_supported",
               "[\"none\",\"client_secret_basic\",\"client_secret_post\"]"}};
  registration = {{"client_id", "\"registered\""}, {"token_endpoint_auth_method", "\"none\""}};
  const std::string path = mcp_at.path == "/" ? "" : mcp_at.path;
  routes[mcp_at.origin() + "/.well-known/oauth-protected-resource" + path] =
      [this](const WebRequest&) { return json_answer(200, object_text(resource_metadata)); };
  const std::string issuer_path = issuer_at.path == "/" ? "" : issuer_at.path;
  routes[at + "/.well-known/oauth-authorization-server" + issuer_path] = [this](const WebRequest&) {
    return json_answer(200, object_text(metadata));
  };
  routes[at + "/register"] = [this](const WebRequest&) {
    return json_answer(201, object_text(registration));
  };
  routes[at + "/token"] = [this](const WebRequest& request) { return answer_token(request); };
  routes[mcp] = [this](const WebRequest&) {
    WebAnswer refused{.status = 401, .fields = {}, .body = ""};
    if (!www_authenticate.empty())
      refused.fields.emplace_back("WWW-Authenticate", www_authenticate);
    return refused;
  };
}

WebAnswer FakeServer::operator()(const WebRequest& request) {
  seen.push_back(request);
  CHECK(parse_url(request.url));
  const auto route = routes.find(without_query(request.url));
  if (route == routes.end()) return {.status = 404, .fields = {}, .body = "nothing here"};
  return route->second(request);
}

void FakeServer::move(const std::string& from, const std::string& to) {
  REQUIRE(routes.count(from) == 1);
  routes[to] = std::exchange(routes[from], nullptr);
  routes.erase(from);
}

size_t FakeServer::times_asked(const std::string& url) const {
  return static_cast<size_t>(std::count_if(seen.begin(), seen.end(), [&](const WebRequest& one) {
    return without_query(one.url) == url;
  }));
}

bool FakeServer::was_asked(const std::string& url) const { return times_asked(url) > 0; }

FormFields FakeServer::form_at(const std::string& url) const {
  for (auto one = seen.rbegin(); one != seen.rend(); ++one)
    if (one->url == url) return read_form(one->body);
  return {};
}

std::string FakeServer::secret(const std::string& kind) {
  secrets.push_back(kind + "-secret/" + std::to_string(++count));
  return secrets.back();
}

std::string FakeServer::browse(const std::string& url) {
  authorized = read_form(url.substr(std::min(url.find('?') + 1, url.size())));
  CHECK(form_value(authorized, "code_challenge_method") == "S256");
  CHECK(form_value(authorized, "response_type") == "code");
  challenge_ = form_value(authorized, "code_challenge");
  code_ = secret("code");
  std::map<std::string, std::string> fields = {{"code", code_},
                                               {"state", form_value(authorized, "state")}};
  secrets.push_back(fields["state"]);
  for (const auto& [name, value] : redirect) fields[name] = value;
  FormFields form;
  for (const auto& [name, value] : fields)
    if (value != "(none)") form.emplace_back(name, value);
  return form_text(form);
}

WebAnswer FakeServer::answer_token(const WebRequest& request) {
  const FormFields form = read_form(request.body);
  CHECK(request.method == "POST");
  const std::string grant = form_value(form, "grant_type");
  if (grant == "authorization_code") {
    CHECK(form_value(form, "code") == code_);
    CHECK(form_value(form, "redirect_uri") == form_value(authorized, "redirect_uri"));
    CHECK(base64url(digest_bytes(sha256(form_value(form, "code_verifier")))) == challenge_);
    CHECK(form_value(form, "code_verifier").size() == 43);
    CHECK(form_value(form, "resource") == form_value(authorized, "resource"));
  }
  if (grant == "refresh_token" && form_value(form, "refresh_token") != refresh_)
    return json_answer(400, R"({"error":"invalid_grant"})");
  return give_tokens();
}

WebAnswer FakeServer::give_tokens() {
  access_ = secret("access");
  Members members = {
      {"access_token", quote(access_)}, {"token_type", "\"bearer\""}, {"expires_in", "3600"}};
  if (gives_refresh_tokens) {
    refresh_ = secret("refresh");
    members["refresh_token"] = quote(refresh_);
  }
  for (const auto& [key, value] : token_members) members[key] = value;
  return json_answer(200, object_text(members));
}

SignInStart start_for(const FakeServer& server) {
  SignInStart start;
  start.settings.server = "example";
  start.settings.url = server.mcp;
  start.settings.redirect_uri = kRedirectUri;
  start.probe = WebRequest{.method = "POST", .url = server.mcp, .fields = {}, .body = "{}"};
  return start;
}

RandomBytes test_random(FakeServer& server) {
  return [&server](size_t count) {
    const std::string bytes(count, static_cast<char>('A' + ++server.count));
    server.secrets.push_back(base64url(bytes));
    return bytes;
  };
}

void check_no_secrets(const std::vector<SignInTrace>& trace, const SignInError* error,
                      const FakeServer& server) {
  std::vector<SignInTrace> steps = trace;
  if (error != nullptr) steps.push_back(error->at);
  for (const std::string& secret : server.secrets) {
    for (const SignInTrace& step : steps)
      for (const std::string& text : {step.step, step.asked, step.came, step.rule})
        CHECK_FALSE(appears(text, secret));
    CAPTURE(secret);
    const std::string all = error != nullptr ? error->error.text() : "";
    CAPTURE(all);
    if (error != nullptr) CHECK_FALSE(appears(error->error.text(), secret));
  }
}

void finish(SignIn& sign_in, FakeServer& server, Micros now) {
  for (int steps = 0; steps < 100; ++steps) {
    // Copies, because an answer replaces the step.
    const SignInStep next = sign_in.next();
    if (const auto* send = std::get_if<SendRequest>(&next)) {
      sign_in.answer(server(send->request), now);
    } else if (const auto* open = std::get_if<OpenBrowser>(&next)) {
      CHECK(open->redirect_uri == kRedirectUri);
      const bool accepted = sign_in.redirected(server.browse(open->url), now);
      CHECK(accepted);
      if (!accepted) return;
    } else if (const auto* show = std::get_if<ShowCode>(&next)) {
      now = show->poll_at;
      sign_in.time_passed(now);
    } else {
      const auto* error = std::get_if<SignInError>(&next);
      check_no_secrets(sign_in.trace(), error, server);
      if (error != nullptr) {
        CHECK_FALSE(error->error.message.empty());
        CHECK_FALSE(error->error.next.empty());
        CHECK(sign_in.trace().back().failed);
      }
      return;
    }
  }
  FAIL("the sign-in does not end");
}

SignInOutcome sign_in_at(FakeServer& server, SignInStart start) {
  SignIn sign_in(std::move(start), kSignInTime, test_random(server));
  finish(sign_in, server);
  SignInOutcome out;
  if (const auto* done = std::get_if<SignedIn>(&sign_in.next())) out.grant = done->grant;
  if (const auto* error = std::get_if<SignInError>(&sign_in.next())) out.error = *error;
  out.registered = sign_in.registered();
  out.outdated = sign_in.outdated();
  return out;
}

SignInOutcome sign_in_at(FakeServer& server) { return sign_in_at(server, start_for(server)); }

}  // namespace callgate
