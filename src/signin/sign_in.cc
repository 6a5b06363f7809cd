#include "callgate/signin/sign_in.h"

#include <utility>

#include "callgate/base/check.h"
#include "flow.h"
#include "signin/messages/json_answer.h"
#include "signin/messages/urls.h"

namespace callgate {

SignIn::Impl::Impl(SignInStart start_values, Micros time, RandomBytes random_source)
    : start(std::move(start_values)),
      random(std::move(random_source)),
      now(time),
      steps(start.settings.server) {
  const SignInSettings& settings = start.settings;
  for (const Secret* secret :
       {&settings.client.secret, &settings.client.private_key, &settings.assertion,
        &settings.id_token, &settings.provider_client.secret})
    steps.secrets().add(*secret);
  if (start.earlier) {
    steps.secrets().add(start.earlier->access_token);
    steps.secrets().add(start.earlier->refresh_token);
  }
  begin();
}

void SignIn::Impl::send(State to, std::string step, WebRequest request,
                        const std::string& details) {
  // The probe goes to the configured URL. All other URLs come from servers.
  const auto url = to == State::Probe ? Judged<Url>(mcp) : safe_url(request.url, "the URL", mcp);
  const std::string asked = request.method + " " + shown_url(request.url);
  steps.begin(std::move(step), details.empty() ? asked : asked + " with " + details);
  if (const auto* breach = std::get_if<Breach>(&url)) return fail(*breach);
  state = to;
  next = SendRequest{std::move(request)};
}

void SignIn::Impl::fail(Breach breach) { end(steps.failed(std::move(breach))); }

void SignIn::Impl::end(SignInError error) {
  state = State::Ended;
  next = std::move(error);
}

void SignIn::Impl::answer(const Result<WebAnswer>& answer, Micros time) {
  ENSURE(std::holds_alternative<SendRequest>(next));
  now = time;
  const bool polls = state == State::DevicePoll;
  if (!answer) {
    if (polls) return poll_less_often({});
    return end(steps.lost(answer.error()));
  }
  if (const auto their_time = server_time(*answer)) clock_ahead = *their_time - now;
  steps.came(std::to_string(answer->status));
  const bool searches = state == State::ResourceMetadata || state == State::ServerMetadata;
  if (is_busy(*answer) && !(searches && answer->status == 502)) {
    if (polls) return poll_less_often(*answer);
    return end(steps.busy(*answer, now));
  }
  if (is_redirect(*answer)) return fail(redirect_breach(*answer));
  dispatch(*answer);
}

void SignIn::Impl::dispatch(const WebAnswer& answer) {
  switch (state) {
    case State::Probe:
      return on_probe(answer);
    case State::ResourceMetadata:
      return on_resource_metadata(answer);
    case State::ServerMetadata:
      return on_server_metadata(answer);
    case State::Registration:
      return on_registration(answer);
    case State::PushedRequest:
      return on_pushed_request(answer);
    case State::Provider:
      return on_provider(answer);
    case State::DeviceCode:
      return on_device_code(answer);
    case State::DevicePoll:
      return on_device_poll(answer);
    case State::Token:
      return on_token(answer);
    case State::Browser:
    case State::DeviceWait:
    case State::Ended:
      ENSURE(false);
  }
}

SignIn::SignIn(SignInStart start, Micros now, RandomBytes random)
    : impl_(std::make_unique<Impl>(std::move(start), now, std::move(random))) {}
SignIn::~SignIn() = default;
SignIn::SignIn(SignIn&&) noexcept = default;
SignIn& SignIn::operator=(SignIn&&) noexcept = default;

const SignInStep& SignIn::next() const { return impl_->next; }
void SignIn::answer(const Result<WebAnswer>& answer, Micros now) { impl_->answer(answer, now); }
void SignIn::time_passed(Micros now) { impl_->time_passed(now); }
const std::string& SignIn::issuer() const { return impl_->server.issuer; }
const std::vector<SignInTrace>& SignIn::trace() const { return impl_->steps.trace(); }
const std::optional<ClientRegistration>& SignIn::registered() const { return impl_->registered; }

const std::vector<std::pair<std::string, std::string>>& SignIn::outdated() const {
  return impl_->outdated;
}

bool SignIn::redirected(std::string_view query, Micros now) {
  return impl_->redirected(query, now);
}

bool SignIn::pasted(std::string_view url, Micros now) {
  const auto read = parse_url(without_fragment(url));
  const auto expected = parse_url(impl_->start.settings.redirect_uri);
  if (!read || !expected || !same_origin(*read, *expected) || read->path != expected->path)
    return false;
  return redirected(read->query.value_or(""), now);
}

}  // namespace callgate
