// The tables of the gate's sessions, children and calls, and the parts that work on them. Sessions
// and children do not know this file: they report to the gate's routers.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "child_pool.h"
#include "gate/session/session.h"
#include "gate/state/state.h"
#include "list_digests.h"

namespace callgate {

class Answers;
class CallEndings;
class CallFlow;
class CallForwarding;
class Calls;
class ChangeStreams;
class GuardAdapter;
class HeldQuestions;
class Questions;
class Refusals;
class Retries;
class Rounds;
class SubscriptionCalls;
class Tasks;

/// What the gate is made with, besides its configuration.
struct GatePorts {
  ChildProcesses& processes;
  RecordPort& record;
  PathPort& paths;
  ListStore& lists;
  GuardPort& guard;
};

struct Core : GateState {
  Core(GateOptions options, const GatePorts& ports, ChildHost& child_host);
  ~Core();

  PathPort& paths;
  GuardPort& guard_port;
  ChildPool pool;
  std::map<SessionNumber, std::unique_ptr<Session>> sessions;
  ListDigests list_digests;
  std::unique_ptr<Calls> calls;
  std::unique_ptr<CallFlow> flow;
  std::unique_ptr<CallForwarding> forwarding;
  std::unique_ptr<CallEndings> endings;
  std::unique_ptr<Rounds> rounds;
  std::unique_ptr<Retries> retries;
  std::unique_ptr<Refusals> refusals;
  std::unique_ptr<SubscriptionCalls> subscription_calls;
  std::unique_ptr<Questions> questions;
  std::unique_ptr<Answers> answers;
  std::unique_ptr<HeldQuestions> held_questions;
  std::unique_ptr<ChangeStreams> change_streams;
  std::unique_ptr<Tasks> tasks;
  std::unique_ptr<GuardAdapter> guard;

  Session* session(SessionNumber number) const;
};

}  // namespace callgate
