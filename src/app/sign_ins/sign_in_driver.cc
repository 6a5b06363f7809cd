#include "sign_in_driver.h"

#include <algorithm>
#include <utility>

#include "callgate/wire/writer.h"
#include "renewal.h"

namespace callgate {

WebRequest sign_in_probe(const std::string& url, const WebFields& fields,
                         const std::string& version) {
  WebRequest probe{.method = "POST",
                   .url = url,
                   .fields = {{"Content-Type", "application/json"},
                              {"Accept", "application/json, text/event-stream"}},
                   .body = ""};
  probe.fields.insert(probe.fields.end(), fields.begin(), fields.end());
  JsonWriter json;
  json.begin_object().key("jsonrpc").string("2.0").key("id").integer(1);
  json.key("method").string("initialize").key("params").begin_object();
  json.key("protocolVersion").string("2025-11-25");
  json.key("capabilities").begin_object().end_object();
  json.key("clientInfo").begin_object().key("name").string("callgate");
  json.key("version").string(version).end_object();
  probe.body = json.end_object().end_object().take();
  return probe;
}

std::vector<std::string> earlier_redirect_uris(const SignInStart& start) {
  std::vector<std::string> uris;
  for (const ClientRegistration& one : start.registrations)
    if (start.earlier && one.issuer == start.earlier->issuer &&
        one.client_id == start.earlier->client_id && !one.redirect_uri.empty())
      uris.push_back(one.redirect_uri);
  return uris;
}

SignInDriver::SignInDriver(Loop& loop, HttpLoop& http, WebNetwork network, SignInStart start,
                           Events events)
    : loop_(loop),
      http_(http),
      network_(std::move(network)),
      server_url_(start.settings.url),
      sign_in_(std::move(start), loop.now().wall),
      events_(std::move(events)),
      timer_(loop) {
  timer_.start(Millis{0}, [this] { advance(); });
}

bool SignInDriver::redirected(std::string_view query) {
  if (ended_ || !sign_in_.redirected(query, loop_.now().wall)) return false;
  advance();
  return true;
}

bool SignInDriver::pasted(std::string_view url) {
  if (ended_ || !sign_in_.pasted(url, loop_.now().wall)) return false;
  advance();
  return true;
}

void SignInDriver::advance() {
  timer_.stop();
  if (events_.on_progress)
    if (Status status = events_.on_progress(sign_in_); !status) return finish(status.error());
  const SignInStep& step = sign_in_.next();
  if (const auto* order = std::get_if<SendRequest>(&step)) return send(*order);
  if (const auto* browser = std::get_if<OpenBrowser>(&step)) return wait_for_user(*browser);
  if (const auto* code = std::get_if<ShowCode>(&step)) return wait_for_user(*code);
  if (const auto* end = std::get_if<SignedIn>(&step)) return finish(std::optional(end->grant));
  finish(std::get<SignInError>(step).error);
}

void SignInDriver::send(const SendRequest& order) {
  if (events_.may_send && !events_.may_send(order.request)) return finish(std::optional<Grant>());
  fetch_ = fetch(http_, network_, order.request, sign_in_fetch_rules(server_url_, order.request),
                 [this](const Result<WebAnswer>& answer) {
                   fetch_.reset();
                   sign_in_.answer(answer, loop_.now().wall);
                   advance();
                 });
}

void SignInDriver::wait_for_user(const OpenBrowser& browser) {
  look_at(browser.until);
  if (shown_ == browser.url) return;
  shown_ = browser.url;
  events_.on_browser(browser);
}

void SignInDriver::wait_for_user(const ShowCode& code) {
  look_at(code.poll_at);
  if (shown_ == code.user_code) return;
  shown_ = code.user_code;
  events_.on_code(code);
}

void SignInDriver::look_at(Micros when) {
  const Micros left = std::max(when - loop_.now().wall, Micros{0});
  timer_.start(std::chrono::ceil<Millis>(left), [this] {
    sign_in_.time_passed(loop_.now().wall);
    advance();
  });
}

void SignInDriver::finish(Result<std::optional<Grant>> result) {
  ended_ = true;
  loop_.post(lifetime_.guard(
      [this, result = std::move(result)]() mutable { events_.on_end(std::move(result)); }));
}

}  // namespace callgate
