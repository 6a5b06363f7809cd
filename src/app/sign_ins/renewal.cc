#include "renewal.h"

#include <fmt/core.h>

#include <utility>

#include "callgate/base/log.h"
#include "callgate/io/work.h"

namespace callgate {

namespace {

constexpr Millis kLookAgain{50};
// The other process may wait for an authorization server and for the keyring.
constexpr Millis kLongestWait{60'000};
constexpr Millis kStoreLimit{45'000};

Error store_too_slow() {
  return {"signin.stored", "the stored sign-ins could not be read in time",
          "unlock the keyring, or sign in again with callgate auth login"};
}

/// What is read from the store at the start of a renewal.
struct FromStore {
  Result<std::optional<StoredSignIn>> sign_in = store_too_slow();
  std::vector<ClientRegistration> registrations;
};

bool unchanged(const std::optional<StoredSignIn>& stored, const StoredSignIn& in_hand) {
  const bool has_grant = stored && stored->grant;
  if (!has_grant || !in_hand.grant) return has_grant == in_hand.grant.has_value();
  return same_tokens(*stored->grant, *in_hand.grant);
}

}  // namespace

FetchRules sign_in_fetch_rules(const std::string& server_url, const WebRequest& request) {
  FetchRules rules;
  if (const auto url = parse_url(server_url)) {
    rules.loopback = url->is_loopback();
    rules.private_hosts = {url->host};
  }
  if (request.method == "GET") rules.redirects = kMostRedirects;
  rules.most_bytes = request.method == "GET" ? kLargestMetadata : kLargestTokenAnswer;
  return rules;
}

bool signs_in_alone(const SignInConfig& config) {
  using Way = SignInConfig::Way;
  return config.way == Way::ClientCredentials || config.way == Way::WorkloadJwt ||
         config.way == Way::Enterprise;
}

Renewal::Renewal(Loop& loop, HttpLoop& http, SignInStore store, SignInTarget target,
                 StoredSignIn in_hand, Purpose purpose, Done done)
    : loop_(loop),
      http_(http),
      store_(std::move(store)),
      target_(std::move(target)),
      in_hand_(std::move(in_hand)),
      purpose_(purpose),
      done_(std::move(done)),
      timer_(loop) {
  timer_.start(Millis{0}, [this] { take_lock(); });
}

void Renewal::take_lock() {
  lock_ = GrantLock::try_lock(store_.lock_path(in_hand_.key));
  if (lock_) return look_again();
  if (waited_ >= kLongestWait)
    return finish(
        {.stored = in_hand_,
         .failed = SignInError{.error = {"signin.unavailable",
                                         "another callgate has been renewing the sign-in for a "
                                         "minute and has not finished",
                                         "see callgate status"},
                               .at = {},
                               .retry_after = std::nullopt}});
  waited_ += kLookAgain;
  timer_.start(kLookAgain, [this] { take_lock(); });
}

/// Another process may have renewed the grant before we got the lock.
void Renewal::look_again() {
  const auto read = std::make_shared<FromStore>();
  run_blocking(
      loop_, Work::Long, kStoreLimit,
      [read, store = store_, key = in_hand_.key] {
        read->sign_in = store.read(key);
        if (auto registrations = store.registrations())
          read->registrations = std::move(*registrations);
      },
      lifetime_.guard([this, read](bool finished) {
        if (!finished) read->sign_in = store_too_slow();
        if (!read->sign_in)
          return finish(
              {.stored = in_hand_,
               .failed = SignInError{
                   .error = read->sign_in.error(), .at = {}, .retry_after = std::nullopt}});
        auto& stored = *read->sign_in;
        if (!unchanged(stored, in_hand_) || purpose_ == Purpose::Look)
          return finish({.stored = std::move(stored), .failed = std::nullopt});
        registrations_ = std::move(read->registrations);
        begin();
      }));
}

void Renewal::begin() {
  if (signs_in_alone(target_.config)) {
    auto settings = sign_in_settings(target_, "");
    if (!settings)
      return not_signed_in({.error = settings.error(), .at = {}, .retry_after = std::nullopt});
    sign_in_ = std::make_unique<SignIn>(SignInStart{.settings = std::move(*settings),
                                                    .demand = in_hand_.demand,
                                                    .probe = std::nullopt,
                                                    .registrations = registrations_,
                                                    .earlier = in_hand_.grant},
                                        loop_.now().wall);
    return step_of_sign_in();
  }
  lock_->begin();
  ClientIdentity client = granted_client(target_, *in_hand_.grant, registrations_);
  refresh_ = std::make_unique<TokenRefresh>(target_.server, *in_hand_.grant, std::move(client),
                                            loop_.now().wall);
  step();
}

void Renewal::step() {
  const RefreshStep& next = refresh_->next();
  if (const auto* order = std::get_if<SendRequest>(&next)) return send(*order);
  if (std::holds_alternative<ReadStoreAgain>(next)) return read_again();
  if (const auto* end = std::get_if<SignedIn>(&next)) return renewed(end->grant);
  failed(std::get<RefreshFailed>(next));
}

void Renewal::step_of_sign_in() {
  const SignInStep& next = sign_in_->next();
  if (const auto* order = std::get_if<SendRequest>(&next)) return send(*order);
  if (const auto* end = std::get_if<SignedIn>(&next)) return renewed(end->grant);
  if (const auto* error = std::get_if<SignInError>(&next)) return not_signed_in(*error);
  not_signed_in({.error = {"signin.settings", "this sign-in needs a person", ""},
                 .at = {},
                 .retry_after = std::nullopt});
}

void Renewal::send(const SendRequest& order) {
  fetch_ =
      fetch(http_, target_.network, order.request, sign_in_fetch_rules(target_.url, order.request),
            lifetime_.guard([this](const Result<WebAnswer>& answer) {
              const Micros now = loop_.now().wall;
              if (sign_in_) {
                sign_in_->answer(answer, now);
                return step_of_sign_in();
              }
              refresh_->answer(answer, now);
              step();
            }));
}

void Renewal::read_again() {
  const auto read = std::make_shared<FromStore>();
  run_blocking(
      loop_, Work::Long, kStoreLimit,
      [read, store = store_, key = in_hand_.key] { read->sign_in = store.read(key); },
      lifetime_.guard([this, read](bool finished) {
        std::optional<Grant> grant;
        if (finished && read->sign_in && *read->sign_in) grant = (*read->sign_in)->grant;
        refresh_->stored(std::move(grant), loop_.now().wall);
        step();
      }));
}

void Renewal::renewed(const Grant& grant) {
  StoredSignIn sign_in = in_hand_;
  sign_in.grant = grant;
  sign_in.why_none.clear();
  // A client that signs in alone needs the demand again for the next sign-in.
  if (!sign_in_) sign_in.demand.reset();
  keep(std::move(sign_in), false);
}

void Renewal::not_signed_in(const SignInError& error) {
  if (error.error.code == "signin.unavailable")
    return finish({.stored = in_hand_, .failed = error});
  StoredSignIn sign_in = in_hand_;
  sign_in.why_none = error.error.message;
  sign_in.grant.reset();
  keep(std::move(sign_in), false);
}

void Renewal::failed(const RefreshFailed& failure) {
  if (failure.then == AfterRefresh::Keep) {
    lock_->end();
    return finish({.stored = in_hand_, .failed = failure.error});
  }
  StoredSignIn sign_in = in_hand_;
  sign_in.why_none = failure.error.error.message;
  if (lock_->was_interrupted())
    sign_in.why_none +=
        " (a callgate process ended while it was renewing the sign-in, so the new "
        "tokens were lost)";
  if (failure.then != AfterRefresh::Stop) sign_in.grant.reset();
  keep(std::move(sign_in), failure.then == AfterRefresh::DeleteRegistration);
}

/// Writes the sign-in before anybody else can take the lock.
void Renewal::keep(StoredSignIn sign_in, bool forget_client) {
  sign_in.changed = loop_.now().wall;
  const auto written = std::make_shared<Status>(store_too_slow());
  const auto end = std::make_shared<StoredSignIn>(std::move(sign_in));
  run_blocking(
      loop_, Work::Long, kStoreLimit,
      [written, end, store = store_, lock = lock_, forget_client, registrations = registrations_,
       grant = in_hand_.grant.value_or(Grant{})] {
        *written = store.write(*end);
        if (*written) lock->end();
        if (!forget_client) return;
        for (const ClientRegistration& one : registrations)
          if (one.issuer == grant.issuer && one.client_id == grant.client_id)
            static_cast<void>(store.remove_registration(one.issuer, one.redirect_uri).ok());
      },
      lifetime_.guard([this, written, end](bool finished) {
        if (!finished || !*written)
          log::warn(
              "the sign-in to server '{}' was renewed, but cannot be stored: {}; other "
              "processes may need a new sign-in",
              target_.server, (finished ? written->error() : store_too_slow()).text());
        finish({.stored = std::move(*end), .failed = std::nullopt});
      }));
}

void Renewal::finish(RenewalEnd end) {
  lock_.reset();
  // `done` may destroy this object.
  const Done done = std::move(done_);
  done(std::move(end));
}

}  // namespace callgate
