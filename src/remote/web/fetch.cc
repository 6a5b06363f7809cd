#include "callgate/remote/fetch.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "addresses.h"
#include "callgate/base/ascii.h"
#include "callgate/base/text.h"
#include "http_loop_impl.h"
#include "proxies.h"
#include "transfer.h"

namespace callgate {

namespace {

bool is_redirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

bool named_private(const FetchRules& rules, const std::string& host) {
  return contains(rules.private_hosts, host) || (rules.loopback && is_loopback_host(host));
}

Status check_target(const FetchRules& rules, const WebNetwork& network, const WebUrl& url) {
  if (!url.secure() && !(rules.loopback && is_loopback_host(url.host)))
    return Error{"remote.url",
                 shown_url(url) +
                     " does not begin with https://, and only this machine may be "
                     "reached without TLS",
                 "use an https:// URL"};
  const auto kind = literal_kind(url.host);
  const bool unseen = !proxy_for(network, url).empty();
  if (unseen && kind && kind != AddressKind::Public && !named_private(rules, url.host))
    return Error{"remote.address",
                 shown_url(url) + " is in a private network, which is not allowed here", ""};
  return {};
}

bool allowed_address(const FetchRules& rules, const std::string& host, const sockaddr& address) {
  const AddressKind kind = address_kind(address);
  if (kind == AddressKind::Public || contains(rules.private_hosts, host)) return true;
  return kind == AddressKind::Loopback && rules.loopback && is_loopback_host(host);
}

}  // namespace

struct Fetch::Impl {
  Impl(HttpLoop& its_http, WebNetwork its_network, WebRequest its_request, FetchRules its_rules,
       std::function<void(Result<WebAnswer>)> its_done)
      : http(its_http),
        network(std::move(its_network)),
        request(std::move(its_request)),
        rules(std::move(its_rules)),
        done(std::move(its_done)),
        deadline(http.impl().loop) {}

  void begin();
  void send();
  Status try_to_send();
  void on_head(TransferHead&& head);
  void on_bytes(std::string_view bytes);
  void on_end(TransferEnd&& end);
  void redirect(std::string_view location);
  void finish(Result<WebAnswer> result);

  HttpLoop& http;
  WebNetwork network;
  WebRequest request;
  FetchRules rules;
  std::function<void(Result<WebAnswer>)> done;
  Timer deadline;
  Lifetime lifetime;
  std::optional<WebUrl> url;
  int followed = 0;
  WebAnswer answer;
  std::unique_ptr<Transfer> transfer;
};

void Fetch::Impl::begin() {
  deadline.start(rules.limit, [this] {
    const std::string place = url ? shown_url(*url) : request.url;
    finish(Error{"remote.timeout", place + " did not answer in time", ""});
  });
  const auto curl = http.impl().library();
  if (!curl) return finish(curl.error());
  auto read = read_url(**curl, request.url);
  if (!read) return finish(read.error());
  url = std::move(*read);
  send();
}

void Fetch::Impl::send() {
  if (const Status status = try_to_send(); !status) finish(status.error());
}

Status Fetch::Impl::try_to_send() {
  if (Status status = check_target(rules, network, *url); !status) return status;
  TransferRequest order{.method = request.method,
                        .url = *url,
                        .fields = request.fields,
                        .network = network,
                        .allows = [its_rules = rules, host = url->host](const sockaddr& address) {
                          return allowed_address(its_rules, host, address);
                        }};
  if (!request.body.empty()) {
    const auto body = std::make_shared<const std::string>(request.body);
    order.body = WebBody{.owner = body, .bytes = *body};
  }
  auto started =
      Transfer::start(http, std::move(order),
                      {.on_head = [this](TransferHead&& head) { on_head(std::move(head)); },
                       .on_bytes = [this](std::string_view bytes) { on_bytes(bytes); },
                       .on_end = [this](TransferEnd&& end) { on_end(std::move(end)); }});
  if (!started) return started.error();
  answer = {};
  transfer = std::move(*started);
  return {};
}

void Fetch::Impl::on_head(TransferHead&& head) {
  answer.status = head.status;
  answer.fields = std::move(head.fields);
  const auto location = answer.field("Location");
  if (is_redirect(answer.status) && location && request.method == "GET" && rules.redirects > 0)
    redirect(*location);
}

void Fetch::Impl::redirect(std::string_view location) {
  if (++followed > std::min(rules.redirects, kMostRedirects))
    return finish(Error{"remote.redirects", request.url + " redirects too often", ""});
  auto next = resolve_url(*http.impl().curl, *url, std::string(location));
  if (!next) return finish(next.error());
  if (url->secure() && !next->secure())
    return finish(Error{"remote.redirects",
                        request.url + " redirects from https to http, which is not safe", ""});
  if (next->origin() != url->origin())
    std::erase_if(request.fields,
                  [](const auto& field) { return !equal_ignoring_case(field.first, "Accept"); });
  url = std::move(*next);
  send();
}

void Fetch::Impl::on_bytes(std::string_view bytes) {
  if (answer.body.size() + bytes.size() > rules.most_bytes)
    return finish(Error{"remote.too_large",
                        "the answer of " + shown_url(*url) + " is longer than " +
                            std::to_string(rules.most_bytes) + " bytes",
                        ""});
  answer.body += bytes;
}

void Fetch::Impl::on_end(TransferEnd&& end) {
  if (end.error) return finish(std::move(*end.error));
  finish(std::move(answer));
}

void Fetch::Impl::finish(Result<WebAnswer> result) {
  transfer.reset();
  deadline.stop();
  // The callback may destroy this object.
  if (const auto call = std::exchange(done, nullptr)) call(std::move(result));
}

Fetch::Fetch(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Fetch::~Fetch() = default;

std::unique_ptr<Fetch> fetch(HttpLoop& http, const WebNetwork& network, WebRequest request,
                             FetchRules rules, std::function<void(Result<WebAnswer>)> done) {
  auto impl = std::make_unique<Fetch::Impl>(http, network, std::move(request), std::move(rules),
                                            std::move(done));
  http.impl().loop.post(impl->lifetime.guard([self = impl.get()] { self->begin(); }));
  return std::make_unique<Fetch>(std::move(impl));
}

}  // namespace callgate
