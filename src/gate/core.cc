#include "gate/call/core.h"

#include "gate/call/answers.h"
#include "gate/call/calls.h"
#include "gate/call/guard_adapter.h"
#include "gate/call/refusals.h"
#include "gate/flow/call_endings.h"
#include "gate/flow/call_flow.h"
#include "gate/flow/call_forwarding.h"
#include "gate/flow/change_streams.h"
#include "gate/flow/held_questions.h"
#include "gate/flow/questions.h"
#include "gate/flow/retries.h"
#include "gate/flow/rounds.h"
#include "gate/flow/subscription_calls.h"
#include "gate/flow/tasks.h"

namespace callgate {

Core::Core(GateOptions o, const GatePorts& ports, ChildHost& child_host)
    : GateState(std::move(o), ports.record, ports.lists),
      paths(ports.paths),
      guard_port(ports.guard),
      pool(*this, ports.processes, child_host),
      list_digests(*this),
      calls(std::make_unique<Calls>()),
      flow(std::make_unique<CallFlow>(*this)),
      forwarding(std::make_unique<CallForwarding>(*this)),
      endings(std::make_unique<CallEndings>(*this)),
      rounds(std::make_unique<Rounds>(*this)),
      retries(std::make_unique<Retries>(*this)),
      refusals(std::make_unique<Refusals>(*this)),
      subscription_calls(std::make_unique<SubscriptionCalls>(*this)),
      questions(std::make_unique<Questions>(*this)),
      answers(std::make_unique<Answers>(*this)),
      held_questions(std::make_unique<HeldQuestions>(*this)),
      change_streams(std::make_unique<ChangeStreams>(*this)),
      tasks(std::make_unique<Tasks>(*this)),
      guard(std::make_unique<GuardAdapter>(*this)) {}

Core::~Core() = default;

Session* Core::session(SessionNumber number) const {
  const auto found = sessions.find(number);
  return found == sessions.end() ? nullptr : found->second.get();
}

}  // namespace callgate
