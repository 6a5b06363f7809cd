// The sign-in with a code that the user types on any device (RFC 8628), and the passing of time.
#include <algorithm>
#include <utility>

#include "flow.h"
#include "signin/messages/json_answer.h"
#include "signin/messages/limits.h"
#include "signin/messages/token_request.h"
#include "signin/messages/urls.h"

namespace callgate {

namespace {

using std::chrono::seconds;

constexpr const char* kDeviceRule = "RFC 8628 section 3.2";
constexpr seconds kUsualInterval{5};
constexpr const char* kDeviceGrant = "urn:ietf:params:oauth:grant-type:device_code";

seconds bounded_seconds(std::optional<int64_t> value, seconds fallback, seconds most) {
  return value ? seconds(std::min<int64_t>(*value, most.count())) : fallback;
}

}  // namespace

void SignIn::Impl::start_device() {
  FormFields fields;
  add_resource(fields);
  if (!scopes.empty()) fields.emplace_back("scope", scope_text(scopes));
  steps.begin("device code", "");
  auto request =
      client_request({server.device_endpoint, std::move(fields), server.issuer, server_now()},
                     client, random, steps.secrets());
  if (auto* breach = std::get_if<Breach>(&request)) return fail(*breach);
  send(State::DeviceCode, "device code", std::get<WebRequest>(std::move(request)), shown_request());
}

void SignIn::Impl::on_device_code(const WebAnswer& answer) {
  if (!is_good(answer)) return refused(read_refusal(answer, steps.secrets()));
  auto read =
      read_object(answer.body, kLargestTokenAnswer, "the answer with the code", kDeviceRule);
  if (const auto* breach = std::get_if<Breach>(&read)) return fail(*breach);
  const Value root = std::get<MessagePtr>(read)->root();
  if (!member_text(root, "error").empty()) return refused(read_refusal(answer, steps.secrets()));
  device_code = Secret(member_text(root, "device_code"));
  steps.secrets().add(device_code);
  ShowCode show;
  show.user_code = cleaned_text(member_text(root, "user_code"));
  show.url = member_text(root, "verification_uri");
  if (device_code.empty() || show.user_code.empty() || show.user_code.size() > kLargestCode)
    return fail({"signin.rule", "the answer has no code that the user could type", kDeviceRule,
                 kServerMustCorrect});
  steps.secrets().add(show.user_code);
  const auto url = safe_url(show.url, "the page for the code", mcp);
  if (const auto* breach = std::get_if<Breach>(&url)) return fail(*breach);
  const std::string complete = member_text(root, "verification_uri_complete");
  if (std::holds_alternative<Url>(safe_url(complete, "the page for the code", mcp)))
    show.complete_url = complete;
  interval = std::max(seconds(1), bounded_seconds(member_count(root, "interval"), kUsualInterval,
                                                  kLongestInterval));
  until = now + bounded_seconds(member_count(root, "expires_in"), kDeviceTime, kDeviceTime);
  steps.came("a code for " + shown_url(show.url));
  show.until = until;
  show.poll_at = now + interval;
  next = std::move(show);
  state = State::DeviceWait;
}

void SignIn::Impl::poll_device() {
  FormFields fields = {{"grant_type", kDeviceGrant},
                       {"device_code", std::string(device_code.reveal())}};
  add_resource(fields);
  shown_code = std::get<ShowCode>(next);
  ask_tokens(State::DevicePoll, std::move(fields), "device_code");
}

void SignIn::Impl::on_device_poll(const WebAnswer& answer) {
  auto read = read_token_answer(answer, "Bearer", steps.secrets());
  if (auto* tokens = std::get_if<NewTokens>(&read)) return finish(std::move(*tokens));
  if (const auto* breach = std::get_if<Breach>(&read)) return fail(*breach);
  const auto& refusal = std::get<TokenRefusal>(read);
  steps.came(refusal.text());
  if (refusal.error == "authorization_pending") return poll_later(interval);
  if (refusal.error == "slow_down") {
    interval = std::min(kLongestInterval, interval + seconds(5));  // RFC 8628 section 3.5
    return poll_later(interval);
  }
  if (refusal.error == "access_denied")
    return fail({"signin.denied", "the user refused the sign-in", "RFC 8628 section 3.5",
                 "to try again, run " + steps.login_command()});
  if (refusal.error == "expired_token") {
    now = std::max(now, until);
    state = State::DeviceWait;
    return time_passed(now);
  }
  refused(refusal);
}

void SignIn::Impl::poll_later(seconds wait) {
  ShowCode show = shown_code;
  show.poll_at = std::min<Micros>(now + std::max(wait, interval), until);
  next = std::move(show);
  state = State::DeviceWait;
}

/// A poll that got no usable answer is repeated, but less often (RFC 8628 section 3.5).
void SignIn::Impl::poll_less_often(const WebAnswer& answer) {
  interval = std::min(kLongestInterval, 2 * interval);
  poll_later(retry_after(answer, now).value_or(interval));
}

void SignIn::Impl::time_passed(Micros time) {
  now = time;
  if (state == State::Browser && now >= until)
    return fail({"signin.expired", "nobody finished the sign-in in the browser within ten minutes",
                 "",
                 "run " + steps.login_command() +
                     "; if the browser showed an error about the client or the redirect URI, "
                     "remove the stored registration first with callgate auth forget " +
                     start.settings.server});
  if (state != State::DeviceWait) return;
  if (now >= until)
    return fail({"signin.expired", "nobody typed the code before it expired",
                 "RFC 8628 section 3.5", "run " + steps.login_command()});
  if (now >= std::get<ShowCode>(next).poll_at) poll_device();
}

}  // namespace callgate
