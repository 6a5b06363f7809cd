#include "redirect_listener.h"

#include <fmt/core.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "callgate/base/url.h"

namespace callgate {

namespace {

using namespace std::chrono_literals;

constexpr Millis kRequestLimit = 10s;
// The authorization server must answer meanwhile, and the tokens must be stored.
constexpr Millis kWaitLimit = 90s;

constexpr const char* kDefaultHost = "127.0.0.1";
constexpr const char* kDefaultPath = "/callback";

constexpr std::string_view kWorkedPage =
    "<!doctype html><html lang=\"en\"><title>Callgate</title><h1>You are signed in</h1>"
    "<p>You can close this window.</p></html>\n";
constexpr std::string_view kFailedPage =
    "<!doctype html><html lang=\"en\"><title>Callgate</title><h1>You are not signed in</h1>"
    "<p>The terminal in which you started the sign-in says why. You can close this window.</p>"
    "</html>\n";
constexpr std::string_view kStrangePage =
    "<!doctype html><html lang=\"en\"><title>Callgate</title><h1>This is not your sign-in</h1>"
    "<p>This address does not belong to the sign-in that is waiting. You can close this window."
    "</p></html>\n";
constexpr std::string_view kOtherPage =
    "<!doctype html><html lang=\"en\"><title>Callgate</title><h1>There is no such page</h1>"
    "</html>\n";

// The address that the browser shows has the code, so no other page may learn it.
constexpr std::string_view kPageFields =
    "Content-Type: text/html; charset=utf-8\r\nCache-Control: no-store\r\n"
    "Referrer-Policy: no-referrer\r\nContent-Security-Policy: default-src 'none'\r\n"
    "X-Content-Type-Options: nosniff\r\nConnection: close\r\n";

/// The parts of the redirect URI that are known before a port is chosen.
struct RedirectPlace {
  std::string host = kDefaultHost, path = kDefaultPath;
  std::optional<uint16_t> port;

  std::string uri(uint16_t chosen) const {
    return fmt::format("http://{}:{}{}", host, chosen, path);
  }
};

RedirectPlace redirect_place(const std::string& configured) {
  RedirectPlace place;
  const auto url = parse_url(configured);
  if (!url) return place;
  place.host = url->host;
  place.path = url->path.empty() ? "/" : url->path;
  if (!url->has_default_port()) place.port = url->port;
  return place;
}

/// Returns the ports to try, in order; 0 lets the system choose.
std::vector<uint16_t> ports_to_try(const RedirectPlace& place,
                                   const std::vector<std::string>& earlier) {
  if (place.port) return {*place.port};
  std::vector<uint16_t> ports;
  for (const std::string& uri : earlier)
    if (const auto url = parse_url(uri); url && url->host == place.host && url->path == place.path)
      ports.push_back(url->port);
  ports.insert(ports.end(), std::begin(kRedirectPorts), std::end(kRedirectPorts));
  ports.push_back(0);
  return ports;
}

std::string without_brackets(const std::string& host) {
  return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

}  // namespace

struct RedirectListener::Connection {
  Connection(Loop& loop, std::unique_ptr<Stream> its_stream)
      : stream(std::move(its_stream)),
        reader({.head = kLargestRedirectHead, .target = kLargestRedirectTarget, .body = 0}),
        deadline(loop) {}

  std::unique_ptr<Stream> stream;
  HttpReader reader;
  Timer deadline;
  bool waits = false;  // for the end of the sign-in
  bool answered = false;
};

RedirectListener::RedirectListener(Loop& loop, std::string path)
    : loop_(loop), path_(std::move(path)), telling_(loop) {}

RedirectListener::~RedirectListener() = default;

Result<std::unique_ptr<RedirectListener>> RedirectListener::open(
    Loop& loop, const std::string& configured, const std::vector<std::string>& earlier) {
  const RedirectPlace place = redirect_place(configured);
  std::unique_ptr<RedirectListener> self(new RedirectListener(loop, place.path));
  Status status;
  for (const uint16_t port : ports_to_try(place, earlier)) {
    status = self->listen(place.host, port);
    if (!status) continue;
    self->uri_ = place.port ? configured : place.uri(self->port_);
    return self;
  }
  return Error{"login.port", "the browser cannot return to this machine: " + status.error().message,
               "end the program that uses this port, or set another \"redirect_uri\" in the "
               "server's \"auth\""};
}

Status RedirectListener::listen(const std::string& host, uint16_t port) {
  listeners_.clear();
  const bool both = host == "localhost";
  auto first = Listener::open(loop_, both ? kDefaultHost : without_brackets(host), port);
  if (!first) return first.error();
  port_ = (*first)->port();
  if (both) {
    // Browsers differ in which of the two addresses of localhost they try first.
    auto second = Listener::open(loop_, "::1", port_);
    if (second) listeners_.push_back(std::move(*second));
    // Any other error means that this machine has no IPv6, so no other program can listen there.
    if (!second && second.error().code == "io.in_use") return second.error();
  }
  listeners_.push_back(std::move(*first));
  return {};
}

void RedirectListener::start(std::function<bool(std::string_view query)> on_redirect) {
  on_redirect_ = std::move(on_redirect);
  for (const auto& listener : listeners_) listener->start([this](int fd) { accept(fd); });
}

void RedirectListener::accept(int fd) {
  auto stream = Stream::open(loop_, fd);
  if (!stream) return;
  if (connections_.size() >= kMostRedirectConnections) {
    // A new connection replaces the oldest one that does not wait for the end of the sign-in.
    const auto oldest =
        std::find_if(connections_.begin(), connections_.end(),
                     [](const Connection& connection) { return !connection.waits; });
    if (oldest == connections_.end()) return;
    connections_.erase(oldest);
  }
  const auto at = connections_.emplace(connections_.end(), loop_, std::move(*stream));
  at->deadline.start(kRequestLimit, [this, at] { remove(at); });
  at->stream->on_write_error([this, at](const Error&) { remove(at); });
  at->stream->read([this, at](std::string_view bytes) { on_bytes(at, bytes); },
                   [this, at](const Status&) {
                     if (!at->answered) remove(at);
                   });
}

void RedirectListener::on_bytes(Connections::iterator at, std::string_view bytes) {
  if (at->waits || at->answered) return;
  while (!bytes.empty() && at->reader.state() == HttpReader::State::Head)
    bytes.remove_prefix(at->reader.push(bytes));
  switch (at->reader.state()) {
    case HttpReader::State::Head:
      return;
    case HttpReader::State::Complete:
      return request(at);
    case HttpReader::State::Refused:
      return answer(at, at->reader.refusal().status, kOtherPage);
    case HttpReader::State::Body:
      return answer(at, 413, kOtherPage);
  }
}

/// Another name in this field means that a web page made its own name lead to this machine.
bool RedirectListener::is_our_host(std::string_view host) const {
  const auto url = parse_url("http://" + std::string(host));
  return url && url->path.empty() && !url->query && url->is_loopback() && url->port == port_;
}

void RedirectListener::request(Connections::iterator at) {
  const HttpHead& head = at->reader.head();
  if (!is_our_host(head.field("host").value_or(""))) return answer(at, 403, kOtherPage);
  if (head.path() != path_) return answer(at, 404, kOtherPage);
  if (head.method() != "GET") return answer(at, 405, kOtherPage);
  const std::string_view query = head.query();
  const bool again = !accepted_.empty() && accepted_ == Secret(std::string(query));
  if (!again && !on_redirect_(query)) return answer(at, 400, kStrangePage);
  if (!again) accepted_ = Secret(std::string(query));
  at->waits = true;
  if (worked_) return show_end(at);
  at->deadline.start(kWaitLimit, [this, at] { remove(at); });
}

void RedirectListener::show_end(Connections::iterator at) {
  answer(at, *worked_ ? 200 : 400, *worked_ ? kWorkedPage : kFailedPage);
}

void RedirectListener::answer(Connections::iterator at, int status, std::string_view page) {
  at->answered = true;
  at->deadline.start(kRequestLimit, [this, at] { remove(at); });
  std::string fields(kPageFields);
  fields += fmt::format("Content-Length: {}\r\n", page.size());
  if (status == 405) fields += "Allow: GET\r\n";
  at->stream->write(http_response_head(status, fields) + std::string(page));
  at->stream->close_when_written([this, at] { remove(at); });
}

void RedirectListener::remove(Connections::iterator at) {
  connections_.erase(at);
  check_told();
}

void RedirectListener::tell(bool worked, std::function<void()> done) {
  worked_ = worked;
  told_ = std::move(done);
  for (auto at = connections_.begin(); at != connections_.end(); ++at)
    if (at->waits && !at->answered) show_end(at);
  telling_.start(Millis{0}, [this] { check_told(); });
}

void RedirectListener::check_told() {
  for (const Connection& connection : connections_)
    if (connection.waits) return;
  if (const auto call = std::exchange(told_, nullptr)) loop_.post(call);
}

std::string usual_redirect_uri(const std::string& configured) {
  const RedirectPlace place = redirect_place(configured);
  return place.port ? configured : place.uri(kRedirectPorts[0]);
}

}  // namespace callgate
