#include "core.h"

#include "answers.h"
#include "call.h"
#include "callgate/base/log.h"
#include "guarding.h"
#include "held_questions.h"
#include "list_news.h"
#include "listens.h"
#include "questions.h"
#include "server.h"
#include "session.h"
#include "tasks.h"

namespace callgate {

Core::Core(GateOptions o, Children& c, RecordPort& r, PathPort& p, ListStore& l, GuardPort& g)
    : options(std::move(o)),
      children(c),
      record(r),
      paths(p),
      guard_port(g),
      walker({.bytes = options.limits.line,
              .depth = options.limits.depth,
              .nodes = options.limits.nodes,
              .text = TextOf::Peer}),
      roster(std::move(options.servers)),
      catalog(roster),
      remembered(l, options, roster),
      sign(options.secret) {
  for (const ServerIndex i : roster.order())
    servers.push_back(std::make_unique<Server>(*this, i, i));
  calls = std::make_unique<Calls>(*this);
  questions = std::make_unique<Questions>(*this);
  answers = std::make_unique<Answers>(*this);
  held_questions = std::make_unique<HeldQuestions>(*this);
  listens = std::make_unique<Listens>(*this);
  list_news = std::make_unique<ListNews>(*this);
  tasks = std::make_unique<Tasks>(*this);
  guarding = std::make_unique<Guarding>(*this);
}

Core::~Core() = default;

Session* Core::session(SessionNumber number) {
  const auto found = sessions.find(number);
  return found == sessions.end() ? nullptr : found->second.get();
}

bool Core::shows(const CatalogEntry& tool, const std::string& profile) const {
  const Rights rights(options.policy, options.profiles, profile);
  return tool.shown == CatalogEntry::Shown::Yes &&
         rights.lists({.server = roster[tool.server].name, .name = tool.name});
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
  for (const auto& [number, session] : sessions) session->look_at_lists(false);
  list_news->settled();
  listens->retry();
  calls->retry_waiting();
}

}  // namespace callgate
