#include "callgate/app/sign_in_check.h"

#include <utility>

#include "redirect_listener.h"
#include "sign_in_driver.h"

namespace callgate {

struct SignInCheck::Impl {
  Impl(Loop& its_loop, HttpLoop& its_http, const LoginOptions& options,
       std::function<void(SignInCheckEnd)> its_done)
      : loop(its_loop), http(its_http), done(std::move(its_done)) {
    begin(options);
  }

  void begin(const LoginOptions& options);
  /// The first request is the one without a token; all others that are allowed read metadata.
  bool may_send(const WebRequest& request) {
    return std::exchange(is_first, false) || request.method == "GET";
  }
  void finish(std::optional<Error> error) {
    SignInCheckEnd end{.trace = {}, .error = std::move(error), .issuer = ""};
    if (driver) {
      end.trace = driver->sign_in().trace();
      end.issuer = driver->sign_in().issuer();
    }
    loop.post(lifetime.guard([this, end = std::move(end)]() mutable { done(std::move(end)); }));
  }

  Loop& loop;
  HttpLoop& http;
  std::function<void(SignInCheckEnd)> done;
  std::unique_ptr<SignInDriver> driver;
  bool is_first = true;
  Lifetime lifetime;
};

void SignInCheck::Impl::begin(const LoginOptions& options) {
  const SignInTarget& target = options.target;
  auto settings = sign_in_settings(target, usual_redirect_uri(target.config.redirect_uri));
  if (!settings) return finish(settings.error());
  SignInStart start{.settings = std::move(*settings)};
  start.probe = sign_in_probe(target.url, options.fields, options.version);
  const SignInStore store(options.state_dir);
  // What cannot be read is left out, because the check is about the server.
  if (auto stored = store.read(target.key()); stored && *stored)
    start.earlier = std::move((*stored)->grant);
  if (auto registrations = store.registrations()) start.registrations = std::move(*registrations);
  const std::vector<std::string> earlier = earlier_redirect_uris(start);
  if (target.config.redirect_uri.empty() && !earlier.empty())
    start.settings.redirect_uri = earlier.front();
  driver = std::make_unique<SignInDriver>(
      loop, http, target.network, std::move(start),
      SignInDriver::Events{
          .may_send = [this](const WebRequest& request) { return may_send(request); },
          .on_progress = nullptr,
          .on_browser = [this](const OpenBrowser&) { finish(std::nullopt); },
          .on_code = [](const ShowCode&) {},
          .on_end =
              [this](const Result<std::optional<Grant>>& result) {
                finish(result ? std::nullopt : std::optional(result.error()));
              }});
}

SignInCheck::SignInCheck(Loop& loop, HttpLoop& http, const LoginOptions& options,
                         std::function<void(SignInCheckEnd)> on_done)
    : impl_(std::make_unique<Impl>(loop, http, options, std::move(on_done))) {}
SignInCheck::~SignInCheck() = default;

}  // namespace callgate
