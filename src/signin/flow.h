// The state of a sign-in. Its functions are in several files, one for each part of the way:
// sign_in.cc (which answer belongs to which part), discovery_flow.cc, client_flow.cc,
// browser_flow.cc, device_flow.cc and token_flow.cc.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "callgate/base/url.h"
#include "callgate/signin/sign_in.h"
#include "signin/messages/breach.h"
#include "signin/messages/metadata.h"
#include "signin/messages/token_answer.h"
#include "steps.h"

namespace callgate {

struct SignIn::Impl {
  enum class State : uint8_t {
    Probe,             // a request without a token, to see what the server demands
    ResourceMetadata,  // asking one URL after the other
    ServerMetadata,
    Registration,
    PushedRequest,  // the authorization request, sent ahead (RFC 9126)
    Browser,        // the user is in the browser
    Provider,       // asking the identity provider for an assertion
    DeviceCode,     // asking for the code that the user types
    DeviceWait,     // until the next poll
    DevicePoll,
    Token,
    Ended,
  };

  /// URLs to ask one after the other until one has a document.
  struct Search {
    std::vector<std::string> urls;
    size_t next = 0;
    bool all_404 = true;      // each URL so far was answered with 404
    bool any_broken = false;  // one was answered with 502
  };

  Impl(SignInStart start_values, Micros time, RandomBytes random_source);

  // sign_in.cc
  void answer(const Result<WebAnswer>& answer, Micros time);
  void send(State state, std::string step, WebRequest request, const std::string& details = "");
  void fail(Breach breach);
  void end(SignInError error);
  void dispatch(const WebAnswer& answer);
  Micros server_now() const { return now + clock_ahead; }

  // discovery_flow.cc: what the server demands, and which authorization server it names
  void begin();
  void on_probe(const WebAnswer& answer);
  void judge_demand();
  void find_resource_metadata();
  void ask_resource_metadata();
  void on_resource_metadata(const WebAnswer& answer);
  void no_resource_metadata();
  void ask_next_issuer();
  void ask_server_metadata();
  void on_server_metadata(const WebAnswer& answer);
  void no_server_metadata();
  void server_found(ServerMetadata found);
  bool look_further(Search& search, const WebAnswer& answer);

  // client_flow.cc: as which client we sign in
  void choose_client();
  bool can_be_client_of(const ServerMetadata& candidate) const;
  void use_configured_client();
  bool use_stored_registration();
  void register_client();
  void on_registration(const WebAnswer& answer);
  void ask_for_client(const std::string& why);
  bool register_again();
  Scopes wanted_scopes() const;
  void authorize();

  // browser_flow.cc: authorization code with PKCE
  void start_browser();
  void on_pushed_request(const WebAnswer& answer);
  void open_browser(FormFields fields);
  FormFields authorization_fields();
  bool redirected(std::string_view query, Micros time);
  void accept_redirect(const FormFields& fields);
  void refused_by_redirect(const TokenRefusal& refusal);

  // device_flow.cc
  void start_device();
  void on_device_code(const WebAnswer& answer);
  void poll_device();
  void on_device_poll(const WebAnswer& answer);
  void poll_later(std::chrono::seconds wait);
  void poll_less_often(const WebAnswer& answer);
  void time_passed(Micros time);

  // token_flow.cc
  void ask_tokens(State state, FormFields fields, const std::string& details);
  void exchange_code(std::string code);
  void ask_with_client_credentials();
  void ask_with_assertion(const Secret& assertion);
  void ask_provider();
  void on_provider(const WebAnswer& answer);
  void on_token(const WebAnswer& answer);
  void refused(const TokenRefusal& refusal);
  void finish(NewTokens tokens);
  void add_resource(FormFields& fields) const;
  std::string shown_request() const;

  SignInStart start;
  RandomBytes random;
  Micros now{};
  Micros clock_ahead{};  // how much the authorization server's clock is ahead of ours

  State state = State::Ended;
  SignInStep next;
  Steps steps;
  std::optional<ClientRegistration> registered;
  std::vector<std::pair<std::string, std::string>> outdated;

  Url mcp;
  SignInDemand demand;
  bool demand_is_known = false;  // `demand` says whether the server wants a sign-in
  Search search;
  std::optional<ResourceMetadata> resource_metadata;
  std::string resource;  // the value of the parameter `resource`
  std::vector<std::string> issuers;
  size_t next_issuer = 0;
  ExpectedIssuer expected;
  ServerMetadata server;
  // The first server of `issuers`, if we cannot register there but perhaps at another one.
  std::optional<ServerMetadata> first_server;

  ClientIdentity client;
  Scopes scopes;
  int registrations_tried = 0;
  bool client_is_stored = false;  // `client` is a registration that was stored before
  bool registered_again = false;

  // The authorization request that is in the browser.
  Secret expected_state, verifier;
  Micros until{};
  size_t strange_redirects = 0;
  std::string iss;

  Secret device_code;
  ShowCode shown_code;
  std::chrono::seconds interval{};
};

}  // namespace callgate
