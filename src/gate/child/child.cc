#include "child.h"

#include <algorithm>

#include "callgate/base/log.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/writer.h"
#include "child_host.h"

namespace callgate {

namespace {

using namespace std::chrono_literals;

constexpr Millis kIdleStop = 10min;  // idle_stop if the configuration has none
// The time-out of a probe, which a server of the legacy era might never answer.
constexpr Nanos kProbe = 5s;
// The time-out of a list that the server does not declare, and might never answer.
constexpr Nanos kUndeclared = 1s;

DownReason reason_of_retired() {
  return {.error = {"", "the configuration has changed; this process ends after its last call", ""},
          .stderr_tail = ""};
}

}  // namespace

Child::Child(GateState& gate, ChildProcesses& processes, ChildHost& host, ChildIndex number,
             ServerIndex configured)
    : gate_(gate),
      processes_(processes),
      host_(host),
      number_(number),
      configured_(configured),
      requests(gate, host, number),
      peer(gate, host, *this),
      lists(gate, host, *this),
      subscriptions(gate, *this),
      messages(gate, host, *this),
      life(gate, processes, host, *this),
      idle_stop_(gate, number) {}

ServerStatus Child::status() const {
  const Catalog& catalog = gate_.catalog;
  return {.name = config().name,
          .state = life.state(),
          .why = retired() ? reason_of_retired() : life.why(),
          .list_why = lists.why(),
          .noise = messages.noise(),
          .noise_line = messages.noise_line(),
          .dropped = messages.dropped(),
          .tools = catalog.count(configured_, ListKind::Tools),
          .prompts = catalog.count(configured_, ListKind::Prompts),
          .resources = catalog.count(configured_, ListKind::Resources),
          .url = config().remote ? config().remote->url.substr(0, config().remote->url.find('?'))
                                 : std::string(),
          .account = std::string(config().account()),
          .pid = life.pid(),
          .since = life.since(),
          .starts = life.starts(),
          .retired = retired(),
          .sessions = users.sessions().size()};
}

bool Child::tied_to(SessionNumber session) const {
  return users.has_calls_of(session) || requests.has_task_of(session) ||
         subscriptions.has_any_of(session) || host_.has_tasks(session, number_);
}

void Child::join(SessionNumber session, ChildsClient client, const std::string& key, bool shared) {
  if (life.state() == ChildLife::State::Stopped) peer.set_client(std::move(client));
  users.add(session, key, shared);
}

// A session's own child ends with the session. A shared child stays for a while, for the next
// session.
void Child::leave(SessionNumber session) {
  const bool stopped = life.state() == ChildLife::State::Stopped;
  if (!users.remove(session) || !users.empty() || stopped) return;
  const bool of_use = users.shared() && !gate_.asks_alone(configured_);
  if (!of_use) return life.stop();
  idle_stop_.used(idle_time(), true);
}

void Child::end() {
  users.remove_all();
  if (life.state() != ChildLife::State::Stopped) life.stop();
}

Nanos Child::idle_time() const { return config().idle_stop.value_or(kIdleStop); }

void Child::begin_idle_watch() {
  idle_stop_.used(idle_time(), users.empty() || config().idle_stop);
}

// An open session may rely on state in the child's memory, so a child with sessions ends only if
// idle_stop is configured.
void Child::idle_due() {
  if (!idle_stop_.take_deadline()) return;
  if (!ready() || (!users.empty() && !config().idle_stop)) return;
  if (busy() || subscriptions.size() > 0) idle_stop_.used(idle_time(), false);
  if (!idle_stop_.is_over(idle_time())) return;
  log::info(
      "callgate ends server '{}', because no client has used it for {} s (idle_stop); the next "
      "request starts it again",
      config().name,
      std::max<int64_t>(1, std::chrono::ceil<std::chrono::seconds>(idle_time()).count()));
  life.stop();
}

bool Child::send(std::string bytes) { return processes_.send(number_, std::move(bytes)); }

std::optional<ChildRequests::Timeouts> Child::timeouts_of(const ChildRequest& request) const {
  using Kind = ChildRequest::Kind;
  const Nanos timeout = config().call_timeout;
  const auto at_most = [timeout](Nanos cap) { return ChildRequests::Timeouts{timeout, cap}; };
  switch (request.kind) {
    case Kind::Call:
    case Kind::Passed:
    case Kind::Task:
    case Kind::Quiet:
      return at_most(config().call_cap);
    case Kind::Discover:
      return at_most(kProbe);
    case Kind::List:
      if (lists.is_undeclared(request.list)) return at_most(kUndeclared);
      if (!ready()) return std::nullopt;  // start_timeout bounds the whole start
      return at_most(config().call_cap);
    case Kind::Initialize:
    case Kind::Listen:
    case Kind::Progress:
    case Kind::Left:
    case Kind::Stopped:
      break;
  }
  return std::nullopt;
}

bool Child::send(int64_t id, ChildRequest request, std::string bytes) {
  if (!send(std::move(bytes))) return false;
  if (request.is_for_client()) used();
  const auto timeouts = timeouts_of(request);
  requests.add(id, std::move(request), timeouts);
  return true;
}

int64_t Child::request(ChildRequest request, std::string_view method, const std::string& params) {
  const int64_t id = requests.next_id();
  return send(id, std::move(request), write_request(id, method, params)) ? id : 0;
}

void Child::used() { idle_stop_.used(idle_time(), config().idle_stop.has_value()); }

std::optional<ChildRequest> Child::take(int64_t id) {
  std::optional<ChildRequest> request = requests.take(id);
  if (request && request->is_for_client()) used();
  return request;
}

void Child::cancel(int64_t id, std::string_view reason_json) {
  if (take(id)) tell_cancelled(id, reason_json);
}

void Child::tell_cancelled(int64_t id, std::string_view reason_json) {
  std::string params = "{\"requestId\":" + std::to_string(id);
  if (!reason_json.empty()) params += ",\"reason\":" + std::string(reason_json);
  send(write_notification("notifications/cancelled", params + "}"));
}

void Child::request_due(int64_t id) {
  ChildRequest* waiting = requests.find(id);
  if (!waiting) return;
  if (waiting->kind == ChildRequest::Kind::List && lists.is_undeclared(waiting->list)) {
    waiting->due = {};
    lists.stop_waiting(waiting->list);
    return life.become_ready();
  }
  const bool capped = waiting->due >= waiting->cap;
  const ChildRequest request = *requests.take(id);
  tell_cancelled(id, "\"timed out\"");
  if (request.is_for_client())
    return host_.timed_out(request, "server '" + config().name + "' did not answer in time (" +
                                        (capped ? "call_cap" : "call_timeout") + ")");
  if (request.kind == ChildRequest::Kind::List)
    return lists.failed(request.list, "it did not answer in time");
  if (request.kind == ChildRequest::Kind::Discover) peer.probe_timed_out();
}

}  // namespace callgate
