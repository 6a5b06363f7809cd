#include "listens.h"

#include <algorithm>
#include <set>
#include <utility>

#include "call.h"
#include "callgate/protocol/modern.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/writer.h"
#include "list_news.h"
#include "server.h"

namespace callgate {

namespace {

constexpr size_t kLongestUri = 8192;

std::vector<std::string> texts_of(Value list, size_t limit) {
  std::vector<std::string> texts;
  if (!list.is_array()) return texts;
  for (const Value item : list) {
    if (item.is_string() && item.raw().size() <= kLongestUri && texts.size() < limit)
      texts.push_back(item.text());
  }
  return texts;
}

}  // namespace

void Listens::open(Session& session, const Rpc& rpc, const MessagePtr& message) {
  const Value wanted = rpc.params.find("notifications");
  if (!wanted.is_object())
    return session.refuse(session.now_asked(rpc), rpc.root, message, ErrorCode::InvalidParams,
                          "subscriptions/listen needs params.notifications", "listen.params");
  const auto on = [&](std::string_view key) { return wanted.find(key).boolean().value_or(false); };
  Listen listen{.session = session.number(),
                .client = session.now_asked(rpc),
                .message = message,
                .params = rpc.params,
                .tools = on("toolsListChanged"),
                .prompts = on("promptsListChanged"),
                .resources = on("resourcesListChanged"),
                .uris = texts_of(wanted.find("resourceSubscriptions"), core_.options.limits.tools),
                .tasks = texts_of(wanted.find("taskIds"), core_.options.limits.tools)};
  const ListenNumber number = ++last_;
  session.opened(listen.client, {.where = Session::OpenRequest::Where::Listen, .call = number});
  session.start_children();
  for (const ListKind kind : kListKinds)
    listen.listed[static_cast<size_t>(kind)] = core_.list_news->digest(session, kind);
  listen.unknown = listen.uris;
  Listen& kept = open_.emplace(number, std::move(listen)).first->second;
  watch(number, kept);
  if (kept.deciding == 0) acknowledge(kept);
}

// Called after the rules have decided, because the acknowledgement names the allowed URIs.
void Listens::acknowledge(Listen& listen) {
  if (std::exchange(listen.acknowledged, true)) return;
  JsonWriter out;
  out.begin_object();
  if (listen.tools) out.key("toolsListChanged").boolean(true);
  if (listen.prompts) out.key("promptsListChanged").boolean(true);
  if (listen.resources) out.key("resourcesListChanged").boolean(true);
  const auto list = [&](std::string_view key, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    out.key(key).strings(texts);
  };
  list("resourceSubscriptions", listen.uris);
  list("taskIds", listen.tasks);
  out.end_object();
  send(listen, "notifications/subscriptions/acknowledged", "\"notifications\":" + out.take());
}

void Listens::notify(Listen& listen, std::string_view method, std::string members) {
  acknowledge(listen);  // must be the stream's first notification
  send(listen, method, std::move(members));
}

void Listens::send(const Listen& listen, std::string_view method, std::string members) {
  Session* session = core_.session(listen.session);
  if (!session) return;
  std::string params = "{\"_meta\":{" + quote(kMetaSubscription) + ":" + listen.client.id + "}";
  if (!members.empty()) params += "," + members;
  session->notify(write_notification(method, params + "}"), listen.client.exchange);
}

void Listens::watch(ListenNumber number, Listen& listen) {
  Session* session = core_.session(listen.session);
  if (!session) return;
  std::vector<std::string> known;
  std::erase_if(listen.unknown, [&](const std::string& uri) {
    const Server* server = session->server_of_uri(uri);
    if (!server || !server->ready()) return false;
    known.push_back(uri);
    return true;
  });
  listen.deciding += known.size();
  const ListenRequest request{number, listen.client, listen.message, listen.params};
  for (const std::string& uri : known) core_.calls->watch(*session, request, uri);
}

bool Listens::watched(ListenNumber number, Server& server, const std::string& uri) {
  if (!open_.contains(number)) return false;
  server.watch(kListenBit | number, uri, true);
  return true;
}

void Listens::decided(ListenNumber number, const std::string& uri, Outcome outcome) {
  const auto found = open_.find(number);
  if (found == open_.end()) return;
  Listen& listen = found->second;
  --listen.deciding;
  if (outcome == Outcome::Denied)
    std::erase(listen.uris, uri);
  else if (outcome != Outcome::Ok)
    listen.unknown.push_back(uri);  // its server is gone, but may come back
  if (listen.deciding == 0) acknowledge(listen);
}

void Listens::denied(ListenNumber number, const std::string& uri) {
  const auto found = open_.find(number);
  if (found != open_.end()) std::erase(found->second.uris, uri);
}

SessionNumber Listens::session_of(ListenNumber number) const {
  const auto found = open_.find(number);
  return found == open_.end() ? 0 : found->second.session;
}

void Listens::retry() {
  for (auto& [number, listen] : open_) {
    if (!listen.unknown.empty()) watch(number, listen);
  }
}

void Listens::lost(ListenNumber number, const std::string& uri) {
  const auto found = open_.find(number);
  if (found != open_.end()) found->second.unknown.push_back(uri);
}

bool Listens::wants(const Listen& listen, ListKind kind) {
  return kind == ListKind::Tools     ? listen.tools
         : kind == ListKind::Prompts ? listen.prompts
                                     : listen.resources;
}

void Listens::tell_of_lists(const std::vector<ListKind>& kinds) {
  for (auto& [number, listen] : open_) {
    const Session* session = core_.session(listen.session);
    if (!session) continue;
    std::set<std::string_view> news;  // a set, because resources and templates share a notification
    for (const ListKind kind : kinds) {
      const size_t now = core_.list_news->digest(*session, kind);
      const size_t before = std::exchange(listen.listed[static_cast<size_t>(kind)], now);
      if (before != now && wants(listen, kind)) news.insert(changed_notification(kind));
    }
    for (const std::string_view method : news) notify(listen, method, "");
  }
}

void Listens::updated(ListenNumber number, const Rpc& rpc) {
  const auto found = open_.find(number);
  if (found == open_.end()) return;
  notify(found->second, "notifications/resources/updated",
         "\"uri\":" + std::string(rpc.params.find("uri").raw()));
}

void Listens::task_changed(SessionNumber session, const std::string& task,
                           const std::string& params) {
  for (auto& [number, listen] : open_) {
    const bool wanted =
        listen.session == session &&
        std::find(listen.tasks.begin(), listen.tasks.end(), task) != listen.tasks.end();
    if (wanted) notify(listen, "notifications/tasks", params);
  }
}

void Listens::ended(ListenNumber number, bool tell) {
  const auto found = open_.find(number);
  if (found == open_.end()) return;
  Listen listen = std::move(found->second);
  open_.erase(found);
  for (const auto& server : core_.servers) server->forget_subscriber(kListenBit | number);
  Session* session = core_.session(listen.session);
  if (!session) return;
  session->closed(listen.client.id, Session::OpenRequest::Where::Listen, number);
  if (!tell) return;
  session->answer(listen.client, "{\"resultType\":\"complete\",\"_meta\":{" +
                                     quote(kMetaSubscription) + ":" + listen.client.id + "}}");
}

void Listens::shut_down() {
  while (!open_.empty()) ended(open_.begin()->first, true);
}

}  // namespace callgate
