#include "callgate/app/local_client.h"

#include <fmt/core.h>
#include <unistd.h>

#include "app/process/observe.h"
#include "callgate/io/lifetime.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr Millis kPoll{5};  // the gate has no event for "settled", so we check this often
constexpr Millis kHandshake{10'000};

std::string request_line(int64_t id, std::string_view method, std::string_view params) {
  return fmt::format(R"({{"jsonrpc":"2.0","id":{},"method":{},"params":{}}})", id, quote(method),
                     params);
}

}  // namespace

struct LocalClient::Impl final : ClientLink {
  Impl(Loop& the_loop, ClientEntrance& the_gate, std::string our_version, LocalIdentity identity)
      : loop(the_loop),
        gate(the_gate),
        version(std::move(our_version)),
        name(std::move(identity.client)),
        session(gate.open_session(*this, {.process = observe(getpid()),
                                          .peer = "",
                                          .profile = std::move(identity.profile),
                                          .token = std::move(identity.token)})) {}

  void send(Outgoing outgoing) override;
  void take_answer(const MessagePtr& message);
  void decline(const MessagePtr& message);
  /// Sends a line to the gate in the next turn of the loop, because the gate is calling send() at
  /// this moment, and send() must not call the gate.
  void send_later(std::string line);
  Status greet();
  Result<MessagePtr> ask(std::string_view method, std::string_view params, Millis limit);

  Loop& loop;
  ClientEntrance& gate;
  std::string version, name;
  // The limits of this walker are somewhat greater than those for a message of a server, because a
  // message of the gate may contain a whole message of a server.
  Walker walker{WalkLimits{.bytes = size_t{65} << 20,
                           .depth = gate.config().limits.depth + 8,
                           .nodes = gate.config().limits.nodes + 1000}};
  Lifetime lifetime;
  int64_t last_id = 0;
  bool waiting = false, greeted = false, cancelled = false;
  MessagePtr answer;
  std::function<void(MessagePtr)> notified;
  SessionNumber session;  // initialised last, because then the gate may call send()
};

void LocalClient::Impl::send(Outgoing outgoing) {
  const Result<MessagePtr> message = walker.walk(std::move(outgoing.bytes));
  ENSURE(message);  // always valid, because our own gate wrote it
  switch (outgoing.kind) {
    case SendKind::Answer:
      return take_answer(*message);
    case SendKind::Question:
      return decline(*message);
    case SendKind::Notification:
      if (notified) notified(*message);
      return;
  }
}

void LocalClient::Impl::take_answer(const MessagePtr& message) {
  const std::optional<int64_t> id = message->root().find("id").integer();
  if (!waiting || id != last_id) return;  // answers an earlier request that has timed out
  answer = message;
  loop.stop();
}

void LocalClient::Impl::decline(const MessagePtr& message) {
  const Value root = message->root();
  const bool form = root.find("method").text_is("elicitation/create");
  const std::string what =
      form ? R"("result":{"action":"decline"})"
           : R"("error":{"code":-32601,"message":"this client answers no questions"})";
  send_later(fmt::format(R"({{"jsonrpc":"2.0","id":{},{}}})", root.find("id").raw(), what));
}

void LocalClient::Impl::send_later(std::string line) {
  loop.post(lifetime.guard([this, line = std::move(line)] { gate.client_line(session, line); }));
}

Result<MessagePtr> LocalClient::Impl::ask(std::string_view method, std::string_view params,
                                          Millis limit) {
  answer.reset();
  cancelled = false;
  waiting = true;
  const int64_t id = ++last_id;
  bool late = false;
  Timer timer(loop);
  timer.start(limit, [this, &late] {
    late = true;
    loop.stop();
  });
  gate.client_line(session, request_line(id, method, params));
  while (!answer && !late && !cancelled) loop.run();
  waiting = false;
  if (answer) return std::move(answer);
  const std::string_view reason = late ? "timeout" : "cancelled";
  gate.client_line(session, fmt::format(R"({{"jsonrpc":"2.0","method":"notifications/cancelled",)"
                                        R"("params":{{"requestId":{},"reason":"{}"}}}})",
                                        id, reason));
  if (late)
    return Error{"client.timeout",
                 fmt::format("{} was not answered in {} ms", method, limit.count()), ""};
  return Error{"client.cancelled", fmt::format("{} was cancelled", method), ""};
}

Status LocalClient::Impl::greet() {
  if (greeted) return {};
  const Result<MessagePtr> hello =
      ask("initialize",
          fmt::format(R"({{"protocolVersion":"2025-11-25","capabilities":{{}},)"
                      R"("clientInfo":{{"name":{},"version":{}}}}})",
                      quote(name), quote(version)),
          kHandshake);
  if (!hello) return hello.error();
  greeted = true;
  gate.client_line(session, R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
  return {};
}

LocalClient::LocalClient(Loop& loop, ClientEntrance& gate, std::string version,
                         LocalIdentity identity)
    : impl_(std::make_unique<Impl>(loop, gate, std::move(version), std::move(identity))) {}

LocalClient::~LocalClient() { impl_->gate.client_gone(impl_->session, "the command is done"); }

Result<MessagePtr> LocalClient::request(const std::string& method, const std::string& params_json,
                                        Millis limit) {
  Impl& impl = *impl_;
  if (Status hello = impl.greet(); !hello) return hello.error();
  return impl.ask(method, params_json, limit);
}

void LocalClient::settle(Millis limit, const std::function<void()>& poll) {
  Impl& impl = *impl_;
  if (!impl.greet()) return;  // the next request will return the error
  impl.gate.start_all(impl.session);
  const Nanos end = impl.loop.now().monotonic + limit;
  Timer timer(impl.loop);
  while (!impl.gate.settled(impl.session) && impl.loop.now().monotonic < end && !impl.cancelled) {
    timer.start(kPoll, [&impl] { impl.loop.stop(); });
    impl.loop.run();
    if (poll) poll();
  }
}

void LocalClient::cancel() {
  impl_->cancelled = true;
  impl_->loop.stop();
}

void LocalClient::on_notification(std::function<void(MessagePtr)> callback) {
  impl_->notified = std::move(callback);
}

}  // namespace callgate
