#include "callgate/app/sign_out.h"

#include <deque>
#include <utility>

#include "callgate/io/lifetime.h"
#include "callgate/remote/fetch.h"
#include "callgate/signin/token_refresh.h"
#include "grant_lock.h"
#include "renewal.h"

namespace callgate {

namespace {

constexpr Millis kLockAgain{50};
constexpr Millis kLockWait{60'000};

Error may_stay_valid(const std::string& why, const std::string& next) {
  return {"signin.still_valid", "the tokens may stay valid at the server: " + why,
          next.empty() ? "end the access of Callgate in your account at the server" : next};
}

}  // namespace

struct SignOut::Impl {
  Impl(Loop& its_loop, HttpLoop& its_http, SignInTarget its_target, const std::string& state_dir,
       std::function<void(Result<SignedOut>)> its_done)
      : loop(its_loop),
        http(its_http),
        target(std::move(its_target)),
        store(state_dir),
        done(std::move(its_done)),
        timer(loop) {
    timer.start(Millis{0}, [this] { take_lock(); });
  }

  void take_lock();
  void begin();
  void revoke(const Grant& grant);
  void send_next();
  void remove();
  void finish(Result<SignedOut> result);

  Loop& loop;
  HttpLoop& http;
  const SignInTarget target;
  const SignInStore store;
  std::function<void(Result<SignedOut>)> done;
  Timer timer;
  Millis waited{};
  std::shared_ptr<GrantLock> lock;
  std::deque<WebRequest> requests;
  std::unique_ptr<Fetch> request;
  SignedOut end;
  Lifetime lifetime;
};

/// Waits until no gate renews the grant, because that would store new tokens afterwards.
void SignOut::Impl::take_lock() {
  lock = GrantLock::try_lock(store.lock_path(target.key()));
  if (lock || waited >= kLockWait) return begin();
  waited += kLockAgain;
  timer.start(kLockAgain, [this] { take_lock(); });
}

void SignOut::Impl::begin() {
  const auto stored = store.read(target.key());
  // What cannot be read can still be deleted.
  if (!stored) {
    end.was_signed_in = true;
    end.still_valid = may_stay_valid(stored.error().message, "");
    return remove();
  }
  if (!*stored) return finish(end);
  if (!(*stored)->grant) return remove();
  end.was_signed_in = true;
  revoke(*(*stored)->grant);
}

void SignOut::Impl::revoke(const Grant& grant) {
  const auto registrations = store.registrations();
  const auto made = revocation_requests(
      grant,
      granted_client(target, grant,
                     registrations ? *registrations : std::vector<ClientRegistration>()),
      loop.now().wall);
  if (!made) {
    end.still_valid = may_stay_valid(made.error().message, made.error().next);
    return remove();
  }
  if (made->empty()) end.still_valid = may_stay_valid("it offers no way to revoke them", "");
  requests.assign(made->begin(), made->end());
  send_next();
}

void SignOut::Impl::send_next() {
  if (requests.empty()) return remove();
  WebRequest next = std::move(requests.front());
  requests.pop_front();
  FetchRules rules = sign_in_fetch_rules(target.url, next);
  request = fetch(http, target.network, std::move(next), std::move(rules),
                  [this](const Result<WebAnswer>& answer) {
                    request.reset();
                    const Status status = answer ? read_revocation(*answer) : answer.error();
                    if (!status)
                      end.still_valid =
                          may_stay_valid(status.error().message, answer ? status.error().next : "");
                    send_next();
                  });
}

void SignOut::Impl::remove() {
  if (Status status = store.remove(target.key()); !status) return finish(status.error());
  if (lock) lock->end();
  finish(end);
}

void SignOut::Impl::finish(Result<SignedOut> result) {
  lock.reset();
  loop.post(
      lifetime.guard([this, result = std::move(result)]() mutable { done(std::move(result)); }));
}

SignOut::SignOut(Loop& loop, HttpLoop& http, SignInTarget target, const std::string& state_dir,
                 std::function<void(Result<SignedOut>)> on_done)
    : impl_(std::make_unique<Impl>(loop, http, std::move(target), state_dir, std::move(on_done))) {}
SignOut::~SignOut() = default;

}  // namespace callgate
