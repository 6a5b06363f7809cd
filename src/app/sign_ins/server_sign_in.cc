#include "server_sign_in.h"

#include <fmt/core.h>

#include <algorithm>

#include "callgate/base/log.h"
#include "callgate/io/work.h"

namespace callgate {

namespace {

using DemandKind = SignInDemand::Kind;
using namespace std::chrono_literals;

constexpr Millis kSignInReadLimit{45'000};
/// If the server refuses a token that is younger than this, renewing it again would not help.
constexpr Micros kNewToken = 60s;
constexpr Micros kRenewAgain = 5s;  // after a renewal that failed

bool has_usable_form(const std::optional<StoredSignIn>& stored) {
  return stored && stored->grant && stored->why_none.empty();
}

Secret grant_of(const std::optional<StoredSignIn>& stored) {
  return stored && stored->grant ? stored->grant->access_token : Secret();
}

}  // namespace

ServerSignIn::ServerSignIn(Loop& loop, HttpLoop& http, const std::string& state_dir,
                           SignInTarget target, ServerSignInEvents events)
    : loop_(loop),
      http_(http),
      store_(state_dir),
      target_(std::move(target)),
      events_(std::move(events)) {
  if (const auto settings = sign_in_settings(target_, ""))
    overrides_ = settings->overrides_digest();
}

ServerSignIn::~ServerSignIn() = default;

void ServerSignIn::authorize(Authorized done) {
  authorized_.push_back(std::move(done));
  go_on();
}

void ServerSignIn::refused(const WebAnswer& answer, const std::string& sent,
                           std::function<void(Result<bool>)> done) {
  SignInDemand demand = read_demand(answer);
  const bool about_sign_in =
      demand.kind == DemandKind::SignIn || demand.kind == DemandKind::MoreScopes;
  if (!about_sign_in || target_.config.way == SignInConfig::Way::Never) return done(false);
  refused_.push_back({.demand = std::move(demand), .sent = sent, .done = std::move(done)});
  go_on();
}

/// Answers what waits, or begins what it waits for.
void ServerSignIn::go_on() {
  if (loading_ || renewal_) return;
  if (store_.version() != version_) return load();
  answer_refused();
  if (loading_ || renewal_) return;
  if (!authorized_.empty() && must_renew(loop_.now().wall)) return renew();
  answer_authorized();
}

void ServerSignIn::load() {
  version_ = store_.version();
  if (version_ == 0) return loaded(std::optional<StoredSignIn>());
  loading_ = true;
  const auto read = std::make_shared<Result<std::optional<StoredSignIn>>>(
      Error{"signin.stored", "the stored sign-ins could not be read in time",
            "unlock the keyring, or sign in again with " +
                login_command(target_.server, target_.account)});
  run_blocking(
      loop_, Work::Long, kSignInReadLimit,
      [read, store = store_, key = target_.key()] { *read = store.read(key); },
      lifetime_.guard([this, read](bool) {
        loading_ = false;
        loaded(std::move(*read));
      }));
}

void ServerSignIn::loaded(Result<std::optional<StoredSignIn>> read) {
  store_error_.reset();
  stored_.reset();
  if (read)
    stored_ = std::move(*read);
  else
    store_error_ = read.error();
  not_renewed_.reset();
  renew_again_ = {};
  if (has_usable_form(stored_)) events_.on_grant(*stored_->grant);
  go_on();
}

std::optional<std::string> ServerSignIn::unusable() const {
  return why_unusable(*stored_->grant, target_, overrides_);
}

bool ServerSignIn::may_renew(Micros now) const {
  return has_usable_form(stored_) && !unusable() && now >= renew_again_ &&
         (!stored_->grant->refresh_token.empty() || signs_in_alone(target_.config));
}

/// True if there is no token, but the client can get one without a person.
bool ServerSignIn::may_sign_in_alone() const {
  return signs_in_alone(target_.config) && stored_ && !tried_alone_ &&
         (!has_usable_form(stored_) || unusable());
}

bool ServerSignIn::must_renew(Micros now) const {
  if (may_sign_in_alone()) return true;
  if (!may_renew(now)) return false;
  const auto at = refresh_time(*stored_->grant);
  return force_ || (at && now >= *at);
}

void ServerSignIn::renew(Renewal::Purpose purpose) {
  if (purpose == Renewal::Purpose::Renew) tried_alone_ = true;
  renewal_ = std::make_unique<Renewal>(loop_, http_, store_, target_, *stored_, purpose,
                                       [this](RenewalEnd end) { renewed(std::move(end)); });
}

void ServerSignIn::renewed(RenewalEnd end) {
  // The renewal calls this function, so it is destroyed later.
  loop_.post([done = std::shared_ptr<Renewal>(std::move(renewal_))] {});
  const bool failed = end.failed.has_value();
  stored_ = std::move(end.stored);
  // The file's version has changed, because the renewal has written it. What it has written is
  // known here, unless another process has written since.
  if (!failed) version_ = store_.version();
  force_ = false;
  if (failed) {
    not_renewed_ = end.failed->error;
    const Micros wait = end.failed->retry_after ? Micros(*end.failed->retry_after) : kRenewAgain;
    renew_again_ = loop_.now().wall + wait;
  } else if (has_usable_form(stored_)) {
    tried_alone_ = false;
    events_.on_grant(*stored_->grant);
  } else {
    events_.on_required();
  }
  go_on();
}

void ServerSignIn::answer_authorized() {
  const Result<std::string> answer = authorized_.empty() ? std::string() : value(loop_.now().wall);
  for (const Authorized& done : std::exchange(authorized_, {})) done(answer);
}

/// Returns the value of the field Authorization.
Result<std::string> ServerSignIn::value(Micros now) const {
  if (store_error_) return *store_error_;
  if (!stored_) return std::string();
  if (!stored_->why_none.empty()) return required(stored_->why_none);
  if (!stored_->grant) return stored_->demand ? Result<std::string>(required("")) : std::string();
  if (const auto why = unusable()) return required(*why);
  const Grant& grant = *stored_->grant;
  if (!grant.expires || now < *grant.expires) return current();
  if (grant.refresh_token.empty())
    return required("the last sign-in has expired, and the server gave no way to renew it");
  const Error why = not_renewed_.value_or(Error{});
  return Error{"signin.unavailable",
               "its sign-in has expired and cannot be renewed: " + why.message,
               "try again in some seconds"};
}

std::string ServerSignIn::current() const {
  return has_usable_form(stored_) ? "Bearer " + std::string(stored_->grant->access_token.reveal())
                                  : std::string();
}

/// Returns whether a new token may help against the refusal.
bool ServerSignIn::helps_to_renew(const Refused& refused, Micros now) const {
  const bool alone = signs_in_alone(target_.config);
  if (refused.demand.kind == DemandKind::MoreScopes && !alone) return false;
  if (!has_usable_form(stored_) || unusable()) return alone && !tried_alone_;
  const bool is_new = now - stored_->grant->obtained < kNewToken;
  return may_renew(now) && (!is_new || refused.demand.kind == DemandKind::MoreScopes);
}

void ServerSignIn::answer_refused() {
  while (!refused_.empty()) {
    Refused& first = refused_.front();
    const bool alone = signs_in_alone(target_.config);
    const bool stale = (first.demand.kind == DemandKind::SignIn || alone) &&
                       first.sent != current() && has_usable_form(stored_) && !unusable();
    const Micros now = loop_.now().wall;
    if (!stale && helps_to_renew(first, now)) {
      if (signs_in_alone(target_.config)) remember(first.demand);
      force_ = true;
      return renew();
    }
    // Another process may have renewed the token at the server, and not have stored it yet.
    if (!stale && has_usable_form(stored_) && first.demand.kind == DemandKind::SignIn &&
        !std::exchange(first.looked, true))
      return renew(Renewal::Purpose::Look);
    const Result<bool> answer = stale ? Result<bool>(true) : judge(first);
    const bool wants_more = !stale && first.demand.kind == DemandKind::MoreScopes;
    const auto done = std::move(refused_.front().done);
    refused_.erase(refused_.begin());
    // A sign-in that begins as soon as the answer has come must find the scopes in the store.
    wants_more ? write(*stored_, [done, answer] { done(answer); }) : done(answer);
  }
}

/// Decides about a refusal that no other token can help against.
Result<bool> ServerSignIn::judge(const Refused& refused) {
  if (refused.demand.kind == DemandKind::MoreScopes) {
    note_demand(refused.demand, stored_ ? stored_->why_none : "");
    const std::string scopes = cleaned_text(scope_text(refused.demand.scopes));
    return Error{kSignInRequired,
                 fmt::format("server '{}' wants more rights for this request{}", target_.server,
                             scopes.empty() ? "" : ": " + scopes),
                 "a person can grant them with: " + login_command(target_.server, target_.account)};
  }
  if (not_renewed_)
    return Error{
        "signin.unavailable",
        "the server refuses the sign-in, which cannot be renewed: " + not_renewed_->message,
        "try again in some seconds"};
  const std::string text = cleaned_text(refused.demand.error_description);
  std::string why;
  if (!refused.sent.empty())
    why = "the server no longer accepts the sign-in" +
          (text.empty() ? "" : " (it says: \"" + text + "\")");
  note_demand(refused.demand, why);
  write(*stored_);
  events_.on_required();
  return required(why);
}

/// Notes what the server demands, so that the next sign-in begins with it, once it is stored.
void ServerSignIn::note_demand(const SignInDemand& demand, const std::string& why_none) {
  remember(demand);
  stored_->why_none = why_none;
  stored_->changed = loop_.now().wall;
}

void ServerSignIn::remember(const SignInDemand& demand) {
  if (!stored_) stored_.emplace();
  stored_->key = target_.key();
  if (demand.kind == DemandKind::MoreScopes && stored_->demand)
    stored_->demand->scopes = all_scopes(stored_->demand->scopes, demand.scopes);
  else
    stored_->demand = demand;
}

void ServerSignIn::write(StoredSignIn sign_in, std::function<void()> then) {
  run_blocking(
      loop_, Work::Long, kSignInReadLimit,
      [store = store_, path = store_.lock_path(sign_in.key), sign_in = std::move(sign_in)] {
        // If another process renews the sign-in now, or has changed it, that is newer.
        const auto lock = GrantLock::try_lock(path);
        const auto now =
            lock ? store.read(sign_in.key) : Result<std::optional<StoredSignIn>>(Error{});
        if (!now || !(grant_of(*now) == grant_of(sign_in))) return;
        if (Status written = store.write(sign_in); !written)
          log::warn("what a server demands cannot be stored: {}", written.error().text());
      },
      [then = std::move(then)](bool) {
        if (then) then();
      });
}

Error ServerSignIn::required(const std::string& why) const {
  return {kSignInRequired,
          fmt::format("server '{}' needs a {}sign-in{}", target_.server, why.empty() ? "" : "new ",
                      why.empty() ? "" : ", because " + why),
          "a person can sign in with: " + login_command(target_.server, target_.account)};
}

}  // namespace callgate
