// Decides again on existing subscriptions when the rules have changed. A subscription continues
// only if the new rules allow the subscription.
#include <vector>

#include "call.h"
#include "listens.h"
#include "server.h"
#include "session.h"

namespace callgate {

void Calls::decide_subscriptions_again() {
  struct One {
    Server* server;
    Subscriber who;
    std::string uri;
  };
  std::vector<One> all;  // a copy, because deciding may change the servers' lists
  for (const auto& server : core_.servers) {
    for (const auto& [uri, subscribers] : server->subscribers())
      for (const Subscriber who : subscribers) all.push_back({server.get(), who, uri});
  }
  for (const One& one : all) decide_again(*one.server, one.who, one.uri);
}

// The decision gets a row only if the subscription ends.
void Calls::decide_again(Server& server, Subscriber who, const std::string& uri) {
  const bool stream = (who & kListenBit) != 0;
  const SessionNumber number = stream ? core_.listens->session_of(static_cast<ListenNumber>(who))
                                      : static_cast<SessionNumber>(who);
  if (!core_.session(number)) return;
  auto made = std::make_unique<Call>();
  Call& call = *made;
  call.number = ++last_;
  call.session = number;
  call.client.era = stream ? Era::Modern : Era::Legacy;
  call.client_waits = false;
  call.again = true;
  call.subscriber = who;
  call.kind = CallKind::Subscribe;
  call.subject = RuleSpec::Subject::Resource;
  call.exposed = call.name = uri;
  call.server = &server;
  call.received = core_.now;
  calls_.emplace(call.number, std::move(made));
  enter(call, CallState::Resolving);
}

void Calls::subscription_decided(Call& call, Outcome outcome) {
  if (call.state < CallState::Finishing) enter(call, CallState::Finishing);
  // The subscription ends even if the row could not be written.
  if (outcome != Outcome::Ok) {
    call.server->watch(call.subscriber, call.exposed, false);
    if ((call.subscriber & kListenBit) != 0)
      core_.listens->denied(static_cast<ListenNumber>(call.subscriber), call.exposed);
  }
  enter(call, CallState::Done);
  calls_.erase(call.number);
}

}  // namespace callgate
