#include "callgate/app/login.h"

#include <utility>

#include "grant_lock.h"
#include "redirect_listener.h"
#include "sign_in_driver.h"

namespace callgate {

namespace {

constexpr Millis kTryLockAgain{50};
// A gate holds this lock while it waits for an authorization server and for the keyring.
constexpr Millis kLongestLockWait{60'000};

/// True if a sign-in can go on although the stored values cannot be read: it replaces them.
bool is_replaceable(const Error& error) {
  return error.code == "signin.stored" || error.code == "secret.keyring";
}

}  // namespace

struct Login::Impl {
  Impl(Loop& its_loop, HttpLoop& its_http, LoginOptions its_options, LoginEvents its_events)
      : loop(its_loop),
        http(its_http),
        options(std::move(its_options)),
        events(std::move(its_events)),
        store(options.state_dir),
        timer(loop) {
    timer.start(Millis{0}, [this] {
      if (Status status = begin(); !status) finish(status.error());
    });
  }

  Status begin();
  Status read_store(SignInStart& start);
  Status listen(SignInStart& start);
  void drive(SignInStart start);
  Status keep_registration(const SignIn& sign_in);
  void keep(Grant grant);
  Status write(const Grant& grant);
  void finish(Result<Grant> result);

  Loop& loop;
  HttpLoop& http;
  const LoginOptions options;
  const LoginEvents events;
  const SignInStore store;
  Timer timer;
  std::shared_ptr<GrantLock> login_lock;
  std::unique_ptr<RedirectListener> listener;
  std::unique_ptr<SignInDriver> driver;
  std::string kept_client;  // the client_id of the registration that is stored
  size_t removed = 0;       // how many outdated registrations are removed
  Millis waited{};
  Lifetime lifetime;
};

Status Login::Impl::begin() {
  const std::string& server = options.target.server;
  auto settings =
      sign_in_settings(options.target, usual_redirect_uri(options.target.config.redirect_uri));
  if (!settings) return settings.error();
  login_lock = GrantLock::try_lock(store.lock_path(options.target.key()) + ".login");
  if (!login_lock)
    return Error{"login.busy", "another callgate is signing in to " + server + " at this moment",
                 "finish that sign-in, or end that process"};
  SignInStart start{.settings = std::move(*settings)};
  start.settings.software_version = options.version;
  if (Status status = read_store(start); !status) return status;
  if (Status status = listen(start); !status) return status;
  drive(std::move(start));
  return {};
}

Status Login::Impl::read_store(SignInStart& start) {
  auto stored = store.read(options.target.key());
  if (!stored && !is_replaceable(stored.error())) return stored.error();
  if (stored && *stored) {
    start.earlier = std::move((*stored)->grant);
    start.demand = std::move((*stored)->demand);
  }
  auto registrations = store.registrations();
  if (!registrations && !is_replaceable(registrations.error())) return registrations.error();
  if (registrations) start.registrations = std::move(*registrations);
  // Any other answer may have changed since, and it says nothing about how to sign in.
  const bool useful = start.demand && (start.demand->kind == SignInDemand::Kind::SignIn ||
                                       start.demand->kind == SignInDemand::Kind::MoreScopes);
  if (useful) return {};
  start.demand.reset();
  start.probe = sign_in_probe(options.target.url, options.fields, options.version);
  return {};
}

Status Login::Impl::listen(SignInStart& start) {
  if (start.settings.way != SignInWay::Browser) return {};
  auto opened = RedirectListener::open(loop, options.target.config.redirect_uri,
                                       earlier_redirect_uris(start));
  if (!opened) return opened.error();
  listener = std::move(*opened);
  start.settings.redirect_uri = listener->uri();
  listener->start([this](std::string_view query) { return driver && driver->redirected(query); });
  return {};
}

void Login::Impl::drive(SignInStart start) {
  driver = std::make_unique<SignInDriver>(
      loop, http, options.target.network, std::move(start),
      SignInDriver::Events{
          .may_send = nullptr,
          .on_progress = [this](const SignIn& sign_in) { return keep_registration(sign_in); },
          .on_browser =
              [this](const OpenBrowser& open) { events.on_browser(open.url, open.until); },
          .on_code = [this](const ShowCode& code) { events.on_code(code); },
          .on_end =
              [this](Result<std::optional<Grant>> result) {
                if (!result) return finish(result.error());
                keep(std::move(**result));
              }});
}

/// Stores a new registration as soon as it exists, so that the next sign-in need not register
/// again, whatever becomes of this one.
Status Login::Impl::keep_registration(const SignIn& sign_in) {
  for (; removed < sign_in.outdated().size(); ++removed) {
    const auto& [issuer, redirect_uri] = sign_in.outdated()[removed];
    if (Status status = store.remove_registration(issuer, redirect_uri); !status) return status;
  }
  const auto& registered = sign_in.registered();
  if (!registered || registered->client_id == kept_client) return {};
  kept_client = registered->client_id;
  return store.write(*registered);
}

/// Waits until no gate renews the earlier grant, because that would replace the new one.
void Login::Impl::keep(Grant grant) {
  const auto lock = GrantLock::try_lock(store.lock_path(options.target.key()));
  if (!lock && waited < kLongestLockWait) {
    waited += kTryLockAgain;
    return timer.start(kTryLockAgain,
                       [this, grant = std::move(grant)]() mutable { keep(std::move(grant)); });
  }
  if (Status status = write(grant); !status) return finish(status.error());
  if (lock) lock->end();
  finish(std::move(grant));
}

Status Login::Impl::write(const Grant& grant) {
  const SignInKey key = options.target.key();
  const Status written = store.write(StoredSignIn{.key = key,
                                                  .grant = grant,
                                                  .why_none = "",
                                                  .demand = std::nullopt,
                                                  .changed = loop.now().wall});
  if (!written) return written;
  const auto back = store.read(key);
  if (!back) return back.error();
  if (*back && (*back)->grant && same_tokens(*(*back)->grant, grant)) return {};
  return Error{"signin.stored", "the new sign-in was stored, but cannot be read again",
               "check the state folder, then run " +
                   login_command(options.target.server, options.target.account)};
}

void Login::Impl::finish(Result<Grant> result) {
  const bool worked = result.ok();
  auto done = lifetime.guard(
      [this, result = std::move(result)]() mutable { events.on_done(std::move(result)); });
  if (listener) return listener->tell(worked, std::move(done));
  loop.post(std::move(done));
}

Login::Login(Loop& loop, HttpLoop& http, LoginOptions options, LoginEvents events)
    : impl_(std::make_unique<Impl>(loop, http, std::move(options), std::move(events))) {}
Login::~Login() = default;

bool Login::pasted(std::string_view url) { return impl_->driver && impl_->driver->pasted(url); }

}  // namespace callgate
