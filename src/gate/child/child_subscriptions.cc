#include "child_subscriptions.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "callgate/protocol/text.h"
#include "callgate/wire/writer.h"
#include "child.h"

namespace callgate {

namespace {
using namespace std::chrono_literals;
constexpr Nanos kFirstWait = 1s, kLongestWait = 60s;  // before a stream is opened again
constexpr Nanos kLasting = 60s;  // after a stream that lasted this long, the wait is kFirstWait
}  // namespace

std::map<std::string, std::set<Subscriber>> ChildSubscriptions::take_all() {
  return std::exchange(subscribers_, {});
}

void ChildSubscriptions::set(Subscriber who, const std::string& uri, bool on) {
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

void ChildSubscriptions::watch(Subscriber who, const std::string& uri, bool on) {
  const bool was = subscribers_.contains(uri);
  set(who, uri, on);
  if (!child_.ready() || was == subscribers_.contains(uri)) return;
  if (child_.era() == Era::Modern)
    open_stream();
  else
    send(uri, on);
}

void ChildSubscriptions::send(const std::string& uri, bool on) {
  JsonWriter params;
  params.begin_object().key("uri").string(uri).end_object();
  child_.request({.kind = ChildRequest::Kind::Quiet},
                 on ? "resources/subscribe" : "resources/unsubscribe", params.take());
}

bool ChildSubscriptions::has(Subscriber who, const std::string& uri) const {
  const auto found = subscribers_.find(uri);
  return found != subscribers_.end() && found->second.contains(who);
}

bool ChildSubscriptions::has_others(Subscriber who, const std::string& uri) const {
  const auto found = subscribers_.find(uri);
  return found != subscribers_.end() &&
         found->second.size() > (found->second.contains(who) ? 1u : 0u);
}

bool ChildSubscriptions::has_any_of(Subscriber who) const {
  return std::any_of(subscribers_.begin(), subscribers_.end(),
                     [who](const auto& each) { return each.second.contains(who); });
}

void ChildSubscriptions::forget(Subscriber who) {
  std::vector<std::string> ours;
  for (const auto& [uri, all] : subscribers_) {
    if (all.contains(who)) ours.push_back(uri);
  }
  for (const std::string& uri : ours) watch(who, uri, false);
}

std::set<Subscriber> ChildSubscriptions::concerned_by(const std::string& uri) const {
  std::set<Subscriber> concerned;
  for (const auto& [subscribed, who] : subscribers_) {
    // A server may report a change of a resource below the subscribed resource (MCP 2025-11-25,
    // "Resources", ResourceUpdatedNotification).
    const size_t length = subscribed.size();
    const bool below = uri.size() > length && uri.compare(0, length, subscribed) == 0 &&
                       (subscribed.back() == '/' || uri[length] == '/' || uri[length] == '#' ||
                        uri[length] == '?');
    if (uri == subscribed || below) concerned.insert(who.begin(), who.end());
  }
  return concerned;
}

void ChildSubscriptions::resume() {
  if (child_.era() == Era::Modern) return open_stream();
  for (const auto& [uri, who] : subscribers_) send(uri, true);
}

void ChildSubscriptions::process_gone() {
  stream_id_ = 0;
  stream_filter_.clear();
}

void ChildSubscriptions::stream_ended(int64_t id, bool for_good) {
  if (id != stream_id_) return;
  stream_id_ = 0;
  if (for_good) return;
  const bool lasted = gate_.now.monotonic - stream_since_ >= kLasting;
  stream_wait_ = lasted ? kFirstWait : std::clamp(2 * stream_wait_, kFirstWait, kLongestWait);
  gate_.deadlines.add({.at = gate_.now.monotonic + stream_wait_,
                       .kind = Deadline::Kind::Listen,
                       .owner = child_.number()});
}

void ChildSubscriptions::deadline_passed() {
  if (!child_.ready() || child_.era() != Era::Modern || stream_id_ != 0) return;
  open_stream();
  if (stream_id_ == 0) return;
  // While there was no stream, the server could not announce changes, so the lists are fetched
  // again.
  for (const ListKind kind : kListKinds) {
    const std::string_view of = kind == ListKind::Templates ? "resources" : list_member(kind);
    if (child_.capability(of).find("listChanged").boolean().value_or(false))
      child_.lists.fetch(kind);
  }
}

std::string ChildSubscriptions::filter() const {
  JsonWriter out;
  out.begin_object();
  const auto want = [&](std::string_view capability, std::string_view key) {
    if (child_.capability(capability).find("listChanged").boolean().value_or(false))
      out.key(key).boolean(true);
  };
  want("tools", "toolsListChanged");
  want("prompts", "promptsListChanged");
  want("resources", "resourcesListChanged");
  if (!subscribers_.empty()) {
    out.key("resourceSubscriptions").begin_array();
    for (const auto& [uri, who] : subscribers_) out.string(uri);
    out.end_array();
  }
  return out.end_object().take();
}

// A modern server announces changes on a stream that its client has opened. The gate opens one
// stream to the child for all subscribers. If the filter changes, it opens the new stream before it
// closes the old one, so that no change is missed.
void ChildSubscriptions::open_stream() {
  const std::string wanted = filter();
  if (wanted == stream_filter_ && stream_id_ != 0) return;
  const int64_t old = std::exchange(stream_id_, 0);
  stream_filter_ = wanted;
  if (wanted != "{}") {
    stream_id_ = child_.request({.kind = ChildRequest::Kind::Listen}, "subscriptions/listen",
                                child_.peer.own_params("\"notifications\":" + wanted));
    stream_since_ = gate_.now.monotonic;
  }
  if (old != 0) child_.cancel(old, "");
}

}  // namespace callgate
