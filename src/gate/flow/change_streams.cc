#include "change_streams.h"

#include <algorithm>
#include <set>
#include <utility>

#include "callgate/protocol/modern.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/writer.h"
#include "gate/child/child.h"
#include "subscription_calls.h"

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

void ChangeStreams::open(Session& session, const Rpc& rpc, const MessagePtr& message) {
  const Value wanted = rpc.params.find("notifications");
  if (!wanted.is_object())
    return session.refusals.refuse(
        session.now_asked(rpc), rpc.root, message, ErrorCode::InvalidParams,
        "subscriptions/listen needs params.notifications", "listen.params");
  const auto on = [&](std::string_view key) { return wanted.find(key).boolean().value_or(false); };
  Stream stream{.session = session.number(),
                .client = session.now_asked(rpc),
                .message = message,
                .params = rpc.params,
                .tools = on("toolsListChanged"),
                .prompts = on("promptsListChanged"),
                .resources = on("resourcesListChanged"),
                .uris = texts_of(wanted.find("resourceSubscriptions"), core_.options.limits.tools),
                .tasks = texts_of(wanted.find("taskIds"), core_.options.limits.tools)};
  const StreamNumber number = ++last_;
  session.requests.add(stream.client, {.where = OpenRequest::Where::Stream, .number = number});
  core_.pool.start_children(session);
  for (const ListKind kind : kListKinds)
    stream.listed[static_cast<size_t>(kind)] = core_.list_digests.digest(session, kind);
  stream.unknown = stream.uris;
  Stream& kept = streams_.emplace(number, std::move(stream)).first->second;
  watch(number, kept);
  if (kept.deciding == 0) acknowledge(kept);
}

// Called after the rules have decided, because the acknowledgement names the allowed URIs.
void ChangeStreams::acknowledge(Stream& stream) {
  if (std::exchange(stream.acknowledged, true)) return;
  JsonWriter out;
  out.begin_object();
  if (stream.tools) out.key("toolsListChanged").boolean(true);
  if (stream.prompts) out.key("promptsListChanged").boolean(true);
  if (stream.resources) out.key("resourcesListChanged").boolean(true);
  const auto list = [&](std::string_view key, const std::vector<std::string>& texts) {
    if (texts.empty()) return;
    out.key(key).strings(texts);
  };
  list("resourceSubscriptions", stream.uris);
  list("taskIds", stream.tasks);
  out.end_object();
  send(stream, "notifications/subscriptions/acknowledged", "\"notifications\":" + out.take());
}

void ChangeStreams::notify(Stream& stream, std::string_view method, std::string members) {
  acknowledge(stream);  // must be the stream's first notification
  send(stream, method, std::move(members));
}

void ChangeStreams::send(const Stream& stream, std::string_view method, std::string members) {
  Session* session = core_.session(stream.session);
  if (!session) return;
  std::string params = "{\"_meta\":{" + quote(kMetaSubscription) + ":" + stream.client.id + "}";
  if (!members.empty()) params += "," + members;
  session->output.notify(write_notification(method, params + "}"), stream.client.exchange);
}

void ChangeStreams::watch(StreamNumber number, Stream& stream) {
  Session* session = core_.session(stream.session);
  if (!session) return;
  std::vector<std::string> known;
  std::erase_if(stream.unknown, [&](const std::string& uri) {
    const Child* child = core_.pool.server_of_uri(*session, uri);
    if (!child || !child->ready()) return false;
    known.push_back(uri);
    return true;
  });
  stream.deciding += known.size();
  const StreamRequest request{number, stream.client, stream.message, stream.params};
  for (const std::string& uri : known) core_.subscription_calls->watch(*session, request, uri);
}

bool ChangeStreams::watched(StreamNumber number, Child& child, const std::string& uri) {
  if (!streams_.contains(number)) return false;
  child.subscriptions.watch(kStreamBit | number, uri, true);
  return true;
}

void ChangeStreams::decided(StreamNumber number, const std::string& uri, Outcome outcome) {
  const auto found = streams_.find(number);
  if (found == streams_.end()) return;
  Stream& stream = found->second;
  --stream.deciding;
  if (outcome == Outcome::Denied)
    std::erase(stream.uris, uri);
  else if (outcome != Outcome::Ok)
    stream.unknown.push_back(uri);  // its server is gone, but may come back
  if (stream.deciding == 0) acknowledge(stream);
}

void ChangeStreams::denied(StreamNumber number, const std::string& uri) {
  const auto found = streams_.find(number);
  if (found != streams_.end()) std::erase(found->second.uris, uri);
}

SessionNumber ChangeStreams::session_of(StreamNumber number) const {
  const auto found = streams_.find(number);
  return found == streams_.end() ? 0 : found->second.session;
}

void ChangeStreams::retry() {
  for (auto& [number, stream] : streams_) {
    if (!stream.unknown.empty()) watch(number, stream);
  }
}

void ChangeStreams::lost(StreamNumber number, const std::string& uri) {
  const auto found = streams_.find(number);
  if (found != streams_.end()) found->second.unknown.push_back(uri);
}

bool ChangeStreams::wants(const Stream& stream, ListKind kind) {
  return kind == ListKind::Tools     ? stream.tools
         : kind == ListKind::Prompts ? stream.prompts
                                     : stream.resources;
}

void ChangeStreams::notify_of_lists(const std::vector<ListKind>& kinds) {
  for (auto& [number, stream] : streams_) {
    const Session* session = core_.session(stream.session);
    if (!session) continue;
    std::set<std::string_view> news;  // a set, because resources and templates share a notification
    for (const ListKind kind : kinds) {
      const size_t now = core_.list_digests.digest(*session, kind);
      const size_t before = std::exchange(stream.listed[static_cast<size_t>(kind)], now);
      if (before != now && wants(stream, kind)) news.insert(changed_notification(kind));
    }
    for (const std::string_view method : news) notify(stream, method, "");
  }
}

void ChangeStreams::updated(StreamNumber number, const Rpc& rpc) {
  const auto found = streams_.find(number);
  if (found == streams_.end()) return;
  notify(found->second, "notifications/resources/updated",
         "\"uri\":" + std::string(rpc.params.find("uri").raw()));
}

void ChangeStreams::task_changed(SessionNumber session, const std::string& task,
                                 const std::string& params) {
  for (auto& [number, stream] : streams_) {
    const bool wanted =
        stream.session == session &&
        std::find(stream.tasks.begin(), stream.tasks.end(), task) != stream.tasks.end();
    if (wanted) notify(stream, "notifications/tasks", params);
  }
}

void ChangeStreams::ended(StreamNumber number, bool tell) {
  const auto found = streams_.find(number);
  if (found == streams_.end()) return;
  Stream stream = std::move(found->second);
  streams_.erase(found);
  for (const auto& child : core_.pool) child->subscriptions.forget(kStreamBit | number);
  Session* session = core_.session(stream.session);
  if (!session) return;
  session->requests.close(stream.client.id, OpenRequest::Where::Stream, number);
  if (!tell) return;
  session->output.answer(stream.client, "{\"resultType\":\"complete\",\"_meta\":{" +
                                            quote(kMetaSubscription) + ":" + stream.client.id +
                                            "}}");
}

void ChangeStreams::shut_down() {
  while (!streams_.empty()) ended(streams_.begin()->first, true);
}

}  // namespace callgate
