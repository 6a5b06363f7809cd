// Decides again on existing subscriptions when the rules have changed. A subscription continues
// only if the new rules allow the subscription.
#include <vector>

#include "call.h"
#include "change_streams.h"
#include "child.h"
#include "session.h"

namespace callgate {

void Calls::decide_subscriptions_again() {
  struct One {
    Child* child;
    Subscriber who;
    std::string uri;
  };
  std::vector<One> all;  // a copy, because deciding may change the servers' lists
  for (const auto& child : core_.children) {
    for (const auto& [uri, subscribers] : child->subscribers())
      for (const Subscriber who : subscribers) all.push_back({child.get(), who, uri});
  }
  for (const One& one : all) decide_again(*one.child, one.who, one.uri);
}

// The decision gets a row only if the subscription ends.
void Calls::decide_again(Child& child, Subscriber who, const std::string& uri) {
  const bool stream = (who & kStreamBit) != 0;
  const SessionNumber number =
      stream ? core_.change_streams->session_of(static_cast<StreamNumber>(who))
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
  call.child = &child;
  call.received = core_.now;
  calls_.emplace(call.number, std::move(made));
  enter(call, CallState::Resolving);
}

void Calls::subscription_decided(Call& call, Outcome outcome) {
  if (call.state < CallState::Finishing) enter(call, CallState::Finishing);
  // The subscription ends even if the row could not be written.
  if (outcome != Outcome::Ok) {
    call.child->watch(call.subscriber, call.exposed, false);
    if ((call.subscriber & kStreamBit) != 0)
      core_.change_streams->denied(static_cast<StreamNumber>(call.subscriber), call.exposed);
  }
  enter(call, CallState::Done);
  calls_.erase(call.number);
}

}  // namespace callgate
