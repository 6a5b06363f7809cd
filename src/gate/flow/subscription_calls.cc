#include "subscription_calls.h"

#include <vector>

#include "call_flow.h"
#include "change_streams.h"

namespace callgate {

void SubscriptionCalls::watch(Session& session, const StreamRequest& stream,
                              const std::string& uri) {
  Call& call = core_.calls->add(session.number(), CallKind::Subscribe, RuleSpec::Subject::Resource,
                                core_.now);
  call.origin = Call::Origin::Stream;
  call.client = stream.client;
  call.stream = stream.number;
  call.exposed = uri;
  call.message = stream.message;
  call.root = stream.message->root();
  call.params = stream.params;
  core_.flow->route(call, false);
}

void SubscriptionCalls::decide_all_again() {
  struct One {
    Child* child;
    Subscriber who;
    std::string uri;
  };
  std::vector<One> all;  // a copy, because deciding may change the servers' lists
  for (const auto& child : core_.pool) {
    for (const auto& [uri, subscribers] : child->subscriptions.all())
      for (const Subscriber who : subscribers) all.push_back({child.get(), who, uri});
  }
  for (const One& one : all) decide_again(*one.child, one.who, one.uri);
}

void SubscriptionCalls::decide_again(Child& child, Subscriber who, const std::string& uri) {
  const bool stream = (who & kStreamBit) != 0;
  const SessionNumber number =
      stream ? core_.change_streams->session_of(static_cast<StreamNumber>(who))
             : static_cast<SessionNumber>(who);
  if (!core_.session(number)) return;
  Call& call =
      core_.calls->add(number, CallKind::Subscribe, RuleSpec::Subject::Resource, core_.now);
  call.origin = Call::Origin::Recheck;
  call.client.era = stream ? Era::Modern : Era::Legacy;
  call.subscriber = who;
  call.exposed = call.name = uri;
  call.child = ChildUse(child, number);
  core_.flow->resolve(call);
}

void SubscriptionCalls::still_allowed(Call& call) {
  core_.record.append(CallSkipped{.call = call.number, .at = core_.now.wall});
  core_.flow->leave(call);
  decided(call, Outcome::Ok);
}

void SubscriptionCalls::decided(Call& call, Outcome outcome) {
  // The subscription ends even if the row could not be written.
  if (outcome != Outcome::Ok) {
    call.child->subscriptions.watch(call.subscriber, call.exposed, false);
    if ((call.subscriber & kStreamBit) != 0)
      core_.change_streams->denied(static_cast<StreamNumber>(call.subscriber), call.exposed);
  }
  core_.calls->erase(call.number);
}

}  // namespace callgate
