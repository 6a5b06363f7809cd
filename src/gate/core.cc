#include "core.h"

#include "answers.h"
#include "call_endings.h"
#include "call_flow.h"
#include "call_forwarding.h"
#include "callgate/base/log.h"
#include "change_streams.h"
#include "child.h"
#include "guard_adapter.h"
#include "held_questions.h"
#include "list_news.h"
#include "questions.h"
#include "refusals.h"
#include "rounds.h"
#include "subscription_calls.h"
#include "tasks.h"

namespace callgate {

Core::Core(GateOptions o, ChildProcesses& c, RecordPort& r, PathPort& p, ListStore& l, GuardPort& g)
    : options(std::move(o)),
      child_processes(c),
      record(r),
      paths(p),
      guard_port(g),
      walker({.bytes = options.limits.line,
              .depth = options.limits.depth,
              .nodes = options.limits.nodes,
              .text = TextOf::Peer}),
      registry(std::move(options.servers)),
      catalog(registry),
      server_cache(l, options, registry),
      sign(options.secret) {
  for (const ServerIndex i : registry.order())
    children.push_back(std::make_unique<Child>(*this, i, i));
  calls = std::make_unique<Calls>();
  flow = std::make_unique<CallFlow>(*this);
  forwarding = std::make_unique<CallForwarding>(*this);
  endings = std::make_unique<CallEndings>(*this);
  rounds = std::make_unique<Rounds>(*this);
  refusals = std::make_unique<Refusals>(*this);
  subscription_calls = std::make_unique<SubscriptionCalls>(*this);
  questions = std::make_unique<Questions>(*this);
  answers = std::make_unique<Answers>(*this);
  held_questions = std::make_unique<HeldQuestions>(*this);
  change_streams = std::make_unique<ChangeStreams>(*this);
  list_news = std::make_unique<ListNews>(*this);
  tasks = std::make_unique<Tasks>(*this);
  guard = std::make_unique<GuardAdapter>(*this);
}

Core::~Core() = default;

Session* Core::session(SessionNumber number) const {
  const auto found = sessions.find(number);
  return found == sessions.end() ? nullptr : found->second.get();
}

bool Core::shows(const CatalogEntry& tool, const std::string& profile) const {
  const Rights rights(options.policy, options.profiles, profile);
  return tool.shown == CatalogEntry::Shown::Yes &&
         rights.lists({.server = registry[tool.server].name, .name = tool.name});
}

void Core::count_unreadable(std::string_view client, const std::string& why) {
  constexpr uint64_t kLogged = 5;
  if (++unreadable <= kLogged)
    log::warn(
        "{} sent something that is not a message ({}); callgate refuses and counts such messages "
        "(`callgate status` shows their number)",
        client.empty() ? "a client" : "the client '" + std::string(client) + "'", why);
}

void Core::server_settled() {
  for (const auto& [number, session] : sessions) session->check_list_requests(false);
  list_news->settled();
  change_streams->retry();
  flow->retry_waiting();
}

}  // namespace callgate
