// What a session asks besides calls: lists, log level, subscriptions, completion, methods we don't
// know.
#include "call.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/writer.h"
#include "server.h"
#include "session.h"

namespace callgate {

Server* Session::child_of(ServerIndex server) {
  Server* child = core_.child_for(*this, server);
  if (child) child->ensure_started();
  return child;
}

Server* Session::child_for_call(ServerIndex server) {
  Server* child = core_.child_for_call(*this, server);
  if (child) child->ensure_started();
  return child;
}

void Session::start_children() {
  if (core_.shutting_down) return;
  uses_servers_ = true;
  for (const ServerIndex i : core_.roster.order()) {
    if (sees(i)) child_of(i);
  }
}

void Session::take_rights() {
  rights_ = Rights(core_.options.policy, core_.options.profiles, rights_.profile());
}

void Session::look_at_servers() {
  for (const auto& child : core_.servers) {
    const bool out_of_sight = !child->retired() && !sees(child->configured());
    if (out_of_sight && child->used_by(number_) && !child->tied_to(number_)) child->leave(number_);
  }
  if (uses_servers_) start_children();
}

bool Session::sees(ServerIndex server) const {
  return rights_.sees_server(core_.roster[server].name);
}

bool Session::settled() {
  for (const ServerIndex i : core_.roster.order()) {
    if (!sees(i)) continue;
    const Server* child = core_.child_for(*this, i);
    if (child && !child->settled()) return false;
  }
  return true;
}

bool Session::lists_known() {
  for (const ServerIndex i : core_.roster.order()) {
    if (!sees(i) || core_.remembered.of(i).listed) continue;
    const Server* child = core_.child_for(*this, i);
    if (child && !child->settled()) return false;
  }
  return true;
}

std::string Session::instructions() const {
  std::vector<Instructions> all;
  for (const ServerIndex i : core_.roster.order()) {
    if (sees(i)) all.push_back({core_.roster[i].name, core_.remembered.of(i).instructions});
  }
  return merged_instructions(all);
}

std::string Session::child_capabilities() const {
  return initialized_ ? callgate::child_capabilities(capabilities()) : declared_;
}

void Session::list(const Rpc& rpc, ListKind kind) {
  const Value cursor = rpc.params.find("cursor");
  start_children();
  for (const auto& child : core_.servers)
    if (child->used_by(number_)) child->ask_for_failed_lists();
  if (lists_known()) return answer_list(now_asked(rpc), kind, cursor ? cursor.text() : "");
  opened(now_asked(rpc),
         {.where = OpenRequest::Where::List, .list = kind, .cursor = cursor ? cursor.text() : ""});
  wait_for_lists();
}

void Session::wait_for_lists() {
  if (lists_due_ != Nanos{}) return;
  lists_due_ = core_.now.monotonic + core_.options.limits.first_list;
  core_.deadlines.add({.at = lists_due_, .kind = Deadline::Kind::Lists, .owner = number_});
}

// Servers that may know what it is about are still starting: it is dealt with anew when they have.
bool Session::later(const Rpc& rpc, const MessagePtr& message) {
  start_children();
  if (late_ || settled()) return false;
  opened(now_asked(rpc),
         {.where = OpenRequest::Where::Later, .message = message, .root = rpc.root});
  wait_for_lists();
  return true;
}

void Session::look_at_lists(bool time_is_over) {
  using Where = OpenRequest::Where;
  if (time_is_over) lists_due_ = Nanos{};
  if (lists_due_ == Nanos{} && !time_is_over) return;  // nothing waits
  size_t left = 0;
  const bool known = time_is_over || lists_known(), all = time_is_over || settled();
  std::vector<std::pair<std::string, OpenRequest>> waiting;
  for (const auto& [id, request] : open_) {
    const bool list = request.where == Where::List, later = request.where == Where::Later;
    if ((list && known) || (later && all))
      waiting.emplace_back(id, request);
    else if (list || later)
      ++left;
  }
  for (const auto& [id, request] : waiting) {
    closed(id, request.where, 0);
    if (request.where == Where::Later) {
      late_ = true;
      exchange_ = request.exchange;
      message_of(request.root, request.message);
      late_ = false;
      continue;
    }
    answer_list({.id = id, .exchange = request.exchange, .era = request.era}, request.list,
                request.cursor);
  }
  if (lists_due_ == Nanos{} || left > 0) return;
  core_.deadlines.remove({.at = lists_due_, .kind = Deadline::Kind::Lists, .owner = number_});
  lists_due_ = Nanos{};
}

bool Session::shows(ListKind kind, const CatalogEntry& entry) const {
  if (rights_.profile().empty()) return true;  // the global policy is in `entry.shown`
  if (kind == ListKind::Templates) return sees(entry.server);
  return rights_.lists(
      {.subject = subject_of(kind), .server = core_.roster[entry.server].name, .name = entry.name});
}

void Session::answer_list(const ClientRequest& to, ListKind kind, std::string_view cursor) {
  const std::optional<std::string> page = core_.catalog.page(
      kind, cursor, dialect(to.era), [&](const CatalogEntry& entry) { return shows(kind, entry); });
  if (!page) {
    fail(to, ErrorCode::InvalidParams,
         "the cursor is not valid any more: list again from the start", "list.cursor");
    return;
  }
  if (to.era == Era::Legacy) listed_[static_cast<size_t>(kind)] = true;
  answer(to, *page);
}

void Session::lists_changed(ListKind kind, bool told) {
  if (!initialized_) return;
  if (!told && !listed_[static_cast<size_t>(kind)]) return;
  notify(write_notification(changed_notification(kind), ""), 0);
}

void Session::set_level(const Rpc& rpc) {
  const int level = log_level(rpc.params.find("level").text());
  if (level < 0) {
    fail(now_asked(rpc), ErrorCode::InvalidParams, "params.level is none of MCP's log levels",
         "logging.level");
    return;
  }
  level_ = level;
  if (!stopped()) {
    for (const auto& server : core_.servers) server->refresh_level();
  }
  answer(now_asked(rpc), "{}");
}

Server* Session::server_of_uri(const std::string& uri) {
  if (const auto owner = core_.catalog.owner_of(uri))
    return sees(*owner) ? child_of(*owner) : nullptr;
  Server* only = nullptr;
  for (const ServerIndex i : core_.roster.order()) {
    Server* server = sees(i) ? child_of(i) : nullptr;
    if (!server || !server->capability("resources")) continue;
    if (only) return nullptr;
    only = server;
  }
  return only;
}

void Session::subscribe(const Rpc& rpc, const MessagePtr& message, bool on) {
  const Value uri_value = rpc.params.find("uri");
  const std::string uri = uri_value.text();
  const ClientRequest asked = now_asked(rpc);
  Server* server = server_of_uri(uri);
  if ((!server || !server->ready()) && later(rpc, message)) return;
  if (!uri_value.is_string() || !server || !server->ready()) {
    fail(asked, ErrorCode::ResourceNotFound, "no server has this resource: " + uri,
         "resource.unknown");
    return;
  }
  if (on && server->subscriptions() >= core_.options.limits.tools) {
    fail(asked, ErrorCode::Internal, "too many subscriptions at this server (limits.tools)",
         "resource.full");
    return;
  }
  if (server->era() == Era::Modern) {
    server->watch(number_, uri, on);
    return answer(asked, "{}");
  }
  if (!on && server->others_subscribed(number_, uri)) {
    server->subscriber(number_, uri, false);
    return answer(asked, "{}");
  }
  const int64_t gate_id = server->next_id();
  Edits edits;
  edits.replace(rpc.id, std::to_string(gate_id));
  Pending pending{.kind = on ? Pending::Kind::Subscribe : Pending::Kind::Unsubscribe,
                  .session = number_,
                  .client = asked,
                  .uri = uri};
  if (!server->send(gate_id, std::move(pending), edits.apply(rpc.root))) {
    fail(asked, ErrorCode::Internal, "the queue towards the server is full", "server.full");
    return;
  }
  opened(asked,
         {.where = OpenRequest::Where::Server, .child = server->child(), .gate_id = gate_id});
}

// Sends a request on to a server under our id, with what `edits` change already.
void Session::pass(Server& server, const Rpc& rpc, Edits edits) {
  const ClientRequest asked = now_asked(rpc);
  const int64_t gate_id = server.next_id();
  edits.replace(rpc.id, std::to_string(gate_id));
  Pending pending{.kind = Pending::Kind::Passed, .session = number_, .client = asked};
  if (const Value token = rpc.params.find("_meta").find("progressToken")) {
    pending.token = token.raw();
    edits.replace(token, std::to_string(gate_id));
  }
  translate_request(edits, rpc.root, asked.era, server.era(), meta());
  if (!server.send(gate_id, std::move(pending), edits.apply(rpc.root))) {
    fail(asked, ErrorCode::Internal,
         "the queue towards the server '" + server.config().name + "' is full", "server.full");
    return;
  }
  opened(asked, {.where = OpenRequest::Where::Server, .child = server.child(), .gate_id = gate_id});
}

void Session::complete(const Rpc& rpc, const MessagePtr& message) {
  const Value ref = rpc.params.find("ref");
  Edits edits;
  Server* server = nullptr;
  if (ref.find("type").text_is("ref/prompt")) {
    const Value name = ref.find("name");
    const CatalogEntry* entry = core_.catalog.find(ListKind::Prompts, name.text());
    if (entry && entry->shown == CatalogEntry::Shown::Yes && shows(ListKind::Prompts, *entry)) {
      server = child_of(entry->server);
      if (entry->name != entry->exposed) edits.replace(name, quote(entry->name));
    }
  } else if (ref.find("type").text_is("ref/resource")) {
    const std::string uri = ref.find("uri").text();
    // The reference may be a template as it stands.
    const CatalogEntry* entry = core_.catalog.find(ListKind::Templates, uri);
    if (entry && sees(entry->server))
      server = child_of(entry->server);
    else
      server = server_of_uri(uri);
  }
  if ((!server || !server->ready()) && later(rpc, message)) return;
  if (!server) {
    fail(now_asked(rpc), ErrorCode::InvalidParams, "nothing known has this completion reference",
         "completion.unknown");
    return;
  }
  if (!server->ready()) {
    fail(now_asked(rpc), ErrorCode::Internal, server->down_text(), "server.down");
    return;
  }
  if (!server->capability("completions") && !server->capability("prompts") &&
      !server->capability("resources"))
    return answer(now_asked(rpc), is_modern(rpc.params)
                                      ? R"({"resultType":"complete","completion":{"values":[]}})"
                                      : R"({"completion":{"values":[]}})");
  pass(*server, rpc, std::move(edits));
}

// Only a single server can be meant.
void Session::pass_unknown(const Rpc& rpc) {
  const auto& all = core_.roster.order();
  if (stopped() || all.size() != 1 || !sees(all.front())) return no_such_method(rpc);
  Server* only = child_of(all.front());
  if (!only || !only->ready()) return no_such_method(rpc);
  pass(*only, rpc, {});
}

}  // namespace callgate
