#include "child_lists.h"

#include <algorithm>

#include "callgate/base/log.h"
#include "callgate/protocol/text.h"
#include "child.h"
#include "child_host.h"
#include "gate/state/listing.h"

namespace callgate {

namespace {

using namespace std::chrono_literals;

// How often a list is fetched again because the server announced a change during the fetch.
constexpr int kRounds = 3;
constexpr size_t kLongestList = size_t{64} << 20;  // bytes of all pages together
constexpr Nanos kFirstRetry = 2s, kLongestRetry = 60s;
// The shortest time between two fetches of a failed list that clients' list requests cause.
constexpr Nanos kRetryForClients = 1s;

// Returns why an answer is not a page of the list, or "" if it is one. Some servers write an empty
// list as null, or leave it out.
std::string page_fault(Value items, bool may_be_absent) {
  if (items.is_array() || items.is(NodeKind::Null) || (!items && may_be_absent)) return "";
  return items ? "the list in its answer is not an array" : "its answer has no list";
}

}  // namespace

void ChildLists::fetch_all() {
  for (const ListKind kind : kListKinds) {
    const std::string_view declared = kind == ListKind::Templates ? "resources" : list_member(kind);
    if (child_.capability(declared)) {
      fetch(kind);
    } else if (kind == ListKind::Tools) {
      // Client libraries request the tools even of a server that does not declare any, so the gate
      // does so, too.
      fetches_[at(kind)].undeclared = true;
      fetch(kind);
    } else {
      use(kind, {});  // an earlier process may have had such items
    }
  }
}

void ChildLists::fetch(ListKind kind) {
  Fetch& fetch = fetches_[at(kind)];
  if (fetch.running) {
    fetch.again = true;  // the running fetch may be older than the change
    return;
  }
  fetch.running = true;
  request_page(kind, "");
}

void ChildLists::request_page(ListKind kind, std::string_view cursor_json) {
  std::string members;
  if (!cursor_json.empty()) members = "\"cursor\":" + std::string(cursor_json);
  const int64_t id = child_.request({.kind = ChildRequest::Kind::List, .list = kind},
                                    list_method(kind), child_.peer.own_params(members));
  if (id == 0) failed(kind, "the queue towards the server is full");
}

void ChildLists::answered(ListKind kind, const Rpc& rpc, const MessagePtr& message) {
  Fetch& fetch = fetches_[at(kind)];
  const std::string& server = child_.config().name;
  if (rpc.kind == RpcKind::ErrorAnswer) {
    const std::string reason = rpc.error.find("message").text();
    const bool none =
        rpc.error.find("code").integer() == static_cast<int>(ErrorCode::MethodNotFound);
    if (fetch.undeclared && fetch.pages.empty()) return finish(kind);
    // Some servers answer server/discover or initialize without a sign-in. Without its tools, such
    // a server would seem to be ready.
    if (kind == ListKind::Tools && !child_.ready() && needs_sign_in(rpc.error))
      return child_.life.wait_for_sign_in(reason);
    if (!none || !fetch.pages.empty()) return failed(kind, "the server answered: " + reason);
    // Some servers declare a list that they don't have. Such a list counts as empty.
    log::info("server '{}' has no {}: {}", server, list_method(kind), reason);
    return finish(kind);
  }
  const bool first = gate_.catalog.count(child_.configured(), kind) == 0;
  const Value items = rpc.result.find(list_member(kind));
  if (const std::string why = page_fault(items, first); !why.empty()) return failed(kind, why);
  fetch.pages.push_back(message);
  fetch.bytes += message->bytes().size();
  const Value cursor = rpc.result.find("nextCursor");
  // Client libraries treat an empty cursor as the end of the list, and some servers send an empty
  // cursor there.
  if (!cursor.is_string() || cursor.raw().size() <= 2) return finish(kind);
  const std::string text(cursor.raw());
  const char* stop = nullptr;
  if (!fetch.cursors.insert(text).second) stop = "repeats a cursor";
  if (fetch.pages.size() >= gate_.options.limits.pages) stop = "has too many pages (limits.pages)";
  if (fetch.bytes > kLongestList) stop = "has too many bytes";
  if (!stop) return request_page(kind, text);
  log::warn("server '{}': {} {}; callgate uses the pages that it has received", server,
            list_method(kind), stop);
  finish(kind);
}

// The list that was known before stays in use. If no list was known, the pages that have arrived
// are used.
void ChildLists::failed(ListKind kind, const std::string& why) {
  Failure& failure = failures_[at(kind)];
  if (failure.why != why)
    log::warn("server '{}': {} failed: {}; the earlier list stays in use, and callgate asks again",
              child_.config().name, list_method(kind), why);
  failure.why = why.empty() ? "the server gave no reason" : why;
  failure.at = gate_.now.monotonic;
  if (failure.due == Nanos{}) {
    // 2, 4, 8, 16, 32, 60 s; the inner min() keeps the shift small.
    failure.due =
        failure.at + std::min(kLongestRetry, kFirstRetry * (1 << std::min(failure.count, 5)));
    ++failure.count;
    gate_.deadlines.add({.at = failure.due,
                         .kind = Deadline::Kind::Relist,
                         .owner = child_.number(),
                         .request = static_cast<int64_t>(kind)});
  }
  Fetch& fetch = fetches_[at(kind)];
  const bool use = gate_.catalog.count(child_.configured(), kind) == 0 && !fetch.pages.empty();
  if (!use) fetch.pages.clear();
  fetch.failed = true;
  finish(kind);
}

void ChildLists::deadline_passed(ListKind kind) {
  failures_[at(kind)].due = {};
  if (child_.ready() && !fetches_[at(kind)].running) fetch(kind);
}

void ChildLists::retry_failed() {
  if (!child_.ready()) return;
  for (const ListKind kind : kListKinds) {
    const Failure& failure = failures_[at(kind)];
    const bool due = gate_.now.monotonic - failure.at >= kRetryForClients;
    if (!failure.why.empty() && !fetches_[at(kind)].running && due) fetch(kind);
  }
}

bool ChildLists::must_wait() const {
  return std::any_of(fetches_.begin(), fetches_.end(),
                     [](const Fetch& fetch) { return fetch.running && !fetch.late; });
}

void ChildLists::reset() {
  fetches_ = {};
  for (const ListKind kind : kListKinds) forget_failure(kind);
}

void ChildLists::forget_failure(ListKind kind) {
  Failure& failure = failures_[at(kind)];
  if (failure.due != Nanos{})
    gate_.deadlines.remove({.at = failure.due,
                            .kind = Deadline::Kind::Relist,
                            .owner = child_.number(),
                            .request = static_cast<int64_t>(kind)});
  failure = {};
}

std::string ChildLists::why() const {
  std::string all;
  for (const ListKind kind : kListKinds) {
    const Failure& failure = failures_[at(kind)];
    if (failure.why.empty()) continue;
    all += (all.empty() ? "" : "; ") + std::string(list_method(kind)) + " failed: " + failure.why;
  }
  return all.empty() ? all : all + "; callgate asks again";
}

void ChildLists::finish(ListKind kind) {
  Fetch done = std::exchange(fetches_[at(kind)], {});
  if (done.again && done.rounds < kRounds && !done.failed) {
    fetches_[at(kind)].rounds = done.rounds + 1;
    return fetch(kind);
  }
  std::vector<Value> parts;
  for (const MessagePtr& page : done.pages) {
    const Value items = page->root().find("result").find(list_member(kind));
    if (items.is_array()) parts.push_back(items);
  }
  if (!done.failed) forget_failure(kind);
  if (!done.failed || !parts.empty()) use(kind, parts);
  if (child_.ready()) save();
  child_.life.become_ready();
}

void ChildLists::save() {
  for (const Failure& failure : failures_)
    if (!failure.why.empty() && !gate_.server_cache.of(child_.configured()).listed) return;
  gate_.server_cache.keep(child_.configured());
}

void ChildLists::use(ListKind kind, const std::vector<Value>& parts) {
  if (child_.retired()) return;
  const ServerIndex server = child_.configured();
  gate_.server_cache.listed(server, kind, parts);
  const bool changed =
      gate_.catalog.set(server, kind,
                        entries_of(kind, parts, server, gate_.registry, gate_.options.policy,
                                   bool(child_.capability("tasks")), gate_.options.limits.tools));
  if (changed) host_.list_changed(kind);
}

}  // namespace callgate
