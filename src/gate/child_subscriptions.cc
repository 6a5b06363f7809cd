// The subscribers of resources, and their subscriptions at the child.
// Source: MCP 2025-11-25 "Resources", section "Subscriptions"; 2026-07-28 "Subscriptions".
#include <algorithm>

#include "callgate/protocol/text.h"
#include "callgate/wire/writer.h"
#include "child.h"

namespace callgate {

namespace {
using namespace std::chrono_literals;
constexpr Nanos kFirstWait = 1s, kLongestWait = 60s;  // before a stream is opened again
constexpr Nanos kLasting = 60s;  // after a stream that lasted this long, the wait is kFirstWait
}  // namespace

void Child::subscriber(Subscriber who, const std::string& uri, bool on) {
  if (uri.empty()) return;
  if (on) {
    subscribers_[uri].insert(who);
    return;
  }
  const auto found = subscribers_.find(uri);
  if (found == subscribers_.end()) return;
  found->second.erase(who);
  if (found->second.empty()) subscribers_.erase(found);
}

std::map<std::string, std::set<Subscriber>> Child::take_subscribers() {
  return std::exchange(subscribers_, {});
}

void Child::watch(Subscriber who, const std::string& uri, bool on) {
  const bool was = subscribers_.contains(uri);
  subscriber(who, uri, on);
  if (!ready() || was == subscribers_.contains(uri)) return;
  if (era_ == Era::Modern)
    listen();
  else
    send_subscription(uri, on);
}

void Child::send_subscription(const std::string& uri, bool on) {
  JsonWriter params;
  params.begin_object().key("uri").string(uri).end_object();
  const int64_t id = next_id();
  send(id, {.kind = ChildRequest::Kind::Quiet},
       write_request(id, on ? "resources/subscribe" : "resources/unsubscribe", params.take()));
}

bool Child::subscribed(Subscriber who, const std::string& uri) const {
  const auto found = subscribers_.find(uri);
  return found != subscribers_.end() && found->second.contains(who);
}

bool Child::others_subscribed(Subscriber who, const std::string& uri) const {
  const auto found = subscribers_.find(uri);
  return found != subscribers_.end() &&
         found->second.size() > (found->second.contains(who) ? 1u : 0u);
}

void Child::forget_subscriber(Subscriber who) {
  std::vector<std::string> ours;
  for (const auto& [uri, all] : subscribers_) {
    if (all.contains(who)) ours.push_back(uri);
  }
  for (const std::string& uri : ours) watch(who, uri, false);
}

void Child::listen_ended(bool for_good) {
  listen_id_ = 0;
  if (for_good) return;
  const bool lasted = core_.now.monotonic - listen_since_ >= kLasting;
  listen_wait_ = lasted ? kFirstWait : std::clamp(2 * listen_wait_, kFirstWait, kLongestWait);
  core_.deadlines.add(
      {.at = core_.now.monotonic + listen_wait_, .kind = Deadline::Kind::Listen, .owner = child_});
}

void Child::listen_due() {
  if (!ready() || era_ != Era::Modern || listen_id_ != 0) return;
  listen();
  if (listen_id_ == 0) return;
  // While there was no stream, the server could not announce changes, so the lists are fetched
  // again.
  for (const ListKind kind : kListKinds) {
    const std::string_view of = kind == ListKind::Templates ? "resources" : list_member(kind);
    if (capability(of).find("listChanged").boolean().value_or(false)) start_list(kind);
  }
}

// A modern server announces changes on a stream that its client has opened. The gate opens one
// stream to the child for all subscribers. If the filter changes, it opens the new stream before it
// closes the old one, so that no change is missed.
void Child::listen() {
  JsonWriter filter;
  filter.begin_object();
  const auto want = [&](std::string_view capability_name, std::string_view key) {
    if (capability(capability_name).find("listChanged").boolean().value_or(false))
      filter.key(key).boolean(true);
  };
  want("tools", "toolsListChanged");
  want("prompts", "promptsListChanged");
  want("resources", "resourcesListChanged");
  if (!subscribers_.empty()) {
    filter.key("resourceSubscriptions").begin_array();
    for (const auto& [uri, who] : subscribers_) filter.string(uri);
    filter.end_array();
  }
  const std::string wanted = filter.end_object().take();
  if (wanted == listening_to_ && listen_id_ != 0) return;
  const int64_t old = std::exchange(listen_id_, 0);
  listening_to_ = wanted;
  if (wanted != "{}") {
    const int64_t id = next_id();
    send(id, {.kind = ChildRequest::Kind::Listen},
         write_request(id, "subscriptions/listen", own_params("\"notifications\":" + wanted)));
    listen_id_ = id;
    listen_since_ = core_.now.monotonic;
  }
  if (old != 0) cancel(old, "");
}

}  // namespace callgate
