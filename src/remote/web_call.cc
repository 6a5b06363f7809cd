#include "web_call.h"

#include <algorithm>
#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/base/digest.h"
#include "callgate/remote/fetch.h"

namespace callgate {

namespace {

constexpr int kMostRepetitions = 3;
constexpr int kMostAuthorizations = 3;  // after a refusal
constexpr size_t kMostOfRefusal = size_t{64} << 10;
constexpr std::chrono::seconds kLongestRetryAfter{600};

bool has_authorization(const WebFields& fields) {
  return std::any_of(fields.begin(), fields.end(), [](const auto& field) {
    return equal_ignoring_case(field.first, "Authorization");
  });
}

/// True if something in front of the server says that the server is down.
bool is_gateway_failure(int status) { return status >= 502 && status <= 504; }

/// True if the server may have been too busy to execute the request, or something between us and
/// the server has failed.
bool may_pass_by(int status) {
  return status == 408 || status == 425 || is_gateway_failure(status);
}

/// True if there was no connection on which the request could be sent.
bool not_reached(const TransferEnd& end) {
  const std::string& code = end.error->code;
  return code == "remote.resolve" || code == "remote.connect" ||
         (code == "remote.timeout" && !end.body_sent);
}

/// The server says that the request lacks a valid token, or one with the right scope.
bool wants_authorization(const WebAnswer& refusal) {
  bool bearer = false, scope = false;
  for (const auto& [name, value] : refusal.fields) {
    if (!equal_ignoring_case(name, "WWW-Authenticate")) continue;
    bearer = bearer || find_ignoring_case(value, "bearer") != std::string_view::npos;
    scope = scope || value.find("insufficient_scope") != std::string::npos;
  }
  if (refusal.status == 401) return true;
  if (refusal.status == 403) return scope;
  return refusal.status == 400 &&
         (bearer || refusal.body.find("\"invalid_token\"") != std::string::npos);
}

std::string seconds_text(std::chrono::seconds time) { return std::to_string(time.count()) + " s"; }

}  // namespace

WebCall::WebCall(ServerAccess& access, WebCallUser& user, WebOrder order)
    : access_(access), user_(user), order_(std::move(order)), timer_(access.loop()) {
  attempt();
  constructed_ = true;
}

void WebCall::attempt() {
  HttpLoop::Impl& http = access_.http.impl();
  if (http.origins.empty()) return authorize();
  const Nanos now = http.loop.now().monotonic;
  if (origin_is_down(now)) return;
  const auto left = std::chrono::ceil<Millis>(http.origins.pause_left(order_.url, now));
  if (left == Millis{0}) return authorize();
  if (left <= access_.times.longest_pause) return timer_.start(left, [this] { attempt(); });
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(left);
  fail({.error = {"remote.busy", "the server asks for no requests for " + seconds_text(seconds),
                  "repeat the request after that time"},
        .status = refusal_.status,
        .retry_after = seconds});
}

/// Fails a new request if the last ones to its origin failed. A request that waits to be sent again
/// is sent: it has seen only a few failures itself, and the server may just be starting.
bool WebCall::origin_is_down(Nanos now) {
  const Origins::Outage* outage = access_.http.impl().origins.outage(order_.url, now);
  if (outage == nullptr || repetitions_ > 0) return false;
  const auto seconds = std::chrono::ceil<std::chrono::seconds>(outage->until - now);
  fail({.error = {"remote.down",
                  "the last " + std::to_string(outage->failures) + " requests to " +
                      order_.url.origin() + " failed, so no more are sent for " +
                      seconds_text(seconds) + "; the last failure: " + outage->why,
                  "check that the server runs, and repeat the request after that time"},
        .retry_after = seconds});
  return true;
}

void WebCall::authorize() {
  if (access_.authorizer == nullptr || order_.url.origin() != access_.url.origin() ||
      has_authorization(access_.fields))
    return send("");
  asked_.restart();
  access_.authorizer->authorize(asked_.guard([this](const Result<std::string>& value) {
    if (!value) return authorizer_failed(value.error(), 0);
    send(*value);
  }));
}

void WebCall::send(const std::string& authorization) {
  asked_.restart();
  authorization_ = Secret(authorization);
  accepted_ = false;
  refusal_ = {};
  moved_to_.clear();
  TransferRequest request{.method = order_.method,
                          .url = order_.url,
                          .fields = order_.fields,
                          .body = order_.body,
                          .network = access_.network,
                          .limit = order_.limit};
  if (!authorization.empty()) request.fields.emplace_back("Authorization", authorization);
  for (const auto& field : access_.fields) request.fields.push_back(field);
  auto started =
      Transfer::start(access_.http, std::move(request),
                      {.on_head = [this](TransferHead&& head) { head_came(std::move(head)); },
                       .on_bytes = [this](std::string_view bytes) { bytes_came(bytes); },
                       .on_end = [this](TransferEnd&& end) { transfer_ended(std::move(end)); }});
  if (!started) return fail({.error = started.error()});
  transfer_ = std::move(*started);
}

void WebCall::head_came(TransferHead&& head) {
  accepted_ = head.status >= 200 && head.status < 300;
  if (!is_gateway_failure(head.status)) access_.http.impl().origins.answered(order_.url);
  if (accepted_) return user_.on_head(head);
  retry_after_ = head.retry_after;
  refusal_.status = head.status;
  refusal_.fields = std::move(head.fields);
}

void WebCall::bytes_came(std::string_view bytes) {
  if (accepted_) return user_.on_bytes(bytes);
  refusal_.body += bytes.substr(0, kMostOfRefusal - refusal_.body.size());
  if (refusal_.body.size() == kMostOfRefusal) refusal_came();
}

void WebCall::transfer_ended(TransferEnd&& end) {
  if (!end.error) return accepted_ ? user_.on_end() : refusal_came();
  if (refusal_.status != 0) return refusal_came();
  const bool not_executed = order_.body && !end.body_sent;
  const bool final = end.error->code == "remote.tls";
  const bool given_up = order_.begins && not_reached(end);
  if (!accepted_ && !final && !given_up && (not_executed || order_.repeatable) &&
      repeat(next_back_off()))
    return;
  if (not_reached(end)) note_failure(end.error->message);
  RequestFailure failure{.error = std::move(*end.error)};
  if (order_.body && end.body_sent && !order_.repeatable)
    failure = outcome_unknown(failure.error.message);
  fail(std::move(failure));
}

void WebCall::note_failure(std::string why) {
  HttpLoop::Impl& http = access_.http.impl();
  http.origins.failed(order_.url, std::move(why), http.loop.now().monotonic);
}

/// Decides what follows from a status other than 2xx.
void WebCall::refusal_came() {
  transfer_.reset();
  if (follow_redirect() || ask_authorizer() || wait_and_repeat()) return;
  give_refusal();
}

bool WebCall::follow_redirect() {
  const int status = refusal_.status;
  const auto location = refusal_.field("Location");
  if (status < 300 || status >= 400 || !location) return false;
  const auto target = resolve_url(*access_.http.impl().curl, order_.url, std::string(*location));
  if (!target) return false;
  // Only 307 and 308 keep the method and the body of a POST (RFC 9110 section 15.4).
  const bool keeps = status == 307 || status == 308 || (order_.method == "GET" && status <= 303);
  if (keeps && target->origin() == access_.url.origin() && redirects_ < kMostRedirects) {
    ++redirects_;
    order_.url = *target;
    attempt();
    return true;
  }
  moved_to_ = target->text;
  return false;
}

bool WebCall::ask_authorizer() {
  if (access_.authorizer == nullptr || has_authorization(access_.fields) ||
      !wants_authorization(refusal_))
    return false;
  asked_.restart();
  access_.authorizer->refused(
      refusal_, std::string(authorization_.reveal()),
      asked_.guard([this](const Result<bool>& again) { authorizer_said(again); }));
  return true;
}

void WebCall::authorizer_said(const Result<bool>& again) {
  asked_.restart();
  if (!again) return authorizer_failed(again.error(), refusal_.status);
  if (*again && ++authorizations_ <= kMostAuthorizations) return attempt();
  give_refusal();
}

void WebCall::authorizer_failed(const Error& error, int status) {
  RequestFailure failure{.error = error, .status = status};
  if (error.code == kSignInRequired) failure.code = RemoteErrorCode::SignInRequired;
  fail(std::move(failure));
}

/// Repeats the request if the server asks for a pause, or if it was probably too busy and the
/// request only reads.
bool WebCall::wait_and_repeat() {
  const int status = refusal_.status;
  const bool busy = status == 429 || (status == 503 && retry_after_);
  if (!busy) return order_.repeatable && may_pass_by(status) && repeat(next_back_off());
  if (!retry_after_) return repeat(next_back_off());
  HttpLoop::Impl& http = access_.http.impl();
  const auto wait = std::min(*retry_after_, kLongestRetryAfter);
  http.origins.pause(order_.url, http.loop.now().monotonic + wait);
  return repeat(Millis{0});
}

bool WebCall::repeat(Millis wait) {
  if (!order_.repeats || repetitions_ >= kMostRepetitions) return false;
  ++repetitions_;
  transfer_.reset();
  timer_.start(wait, [this] { attempt(); });
  return true;
}

/// Returns a time between three quarters and five quarters of the usual one, so that not all
/// clients of a server that was restarted come at the same moment.
Millis WebCall::next_back_off() const {
  const auto usual = access_.times.back_off * (1 << repetitions_);
  const auto random = static_cast<unsigned char>(random_bytes(1)[0]);
  return usual * 3 / 4 + usual * random / 512;
}

void WebCall::fail(RequestFailure failure) {
  transfer_.reset();
  if (constructed_) return user_.on_failed(std::move(failure));
  timer_.start(Millis{0}, [this, failure = std::move(failure)]() mutable {
    user_.on_failed(std::move(failure));
  });
}

void WebCall::give_refusal() {
  if (is_gateway_failure(refusal_.status) && !retry_after_)
    note_failure("it answered with status " + std::to_string(refusal_.status));
  user_.on_refused(refusal_, moved_to_);
}

}  // namespace callgate
