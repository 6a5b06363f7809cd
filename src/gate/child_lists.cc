// Fetches a server's lists: all pages up to a limit, and one fetch per kind at a time.
#include <algorithm>

#include "callgate/base/log.h"
#include "callgate/protocol/text.h"
#include "child.h"
#include "list_news.h"
#include "listing.h"

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

void Child::start_list(ListKind kind) {
  Listing& listing = listings_[static_cast<size_t>(kind)];
  if (listing.running) {
    listing.again = true;  // the running fetch may be older than the change
    return;
  }
  listing.running = true;
  request_page(kind, "");
}

// Client libraries request the tools even of a server that does not declare any, so the gate does
// so, too.
void Child::ask_for_undeclared_tools() {
  listings_[static_cast<size_t>(ListKind::Tools)].undeclared = true;
  start_list(ListKind::Tools);
}

// The start continues without the list. If the server answers later, the list is used after all.
void Child::undeclared_list_due(int64_t id) {
  ChildRequest& pending = child_requests_.at(id);
  pending.due = {};
  listings_[static_cast<size_t>(pending.list)].late = true;
  become_ready();
}

void Child::request_page(ListKind kind, std::string_view cursor_json) {
  const int64_t id = next_id();
  std::string members;
  if (!cursor_json.empty()) members = "\"cursor\":" + std::string(cursor_json);
  if (!send(id, {.kind = ChildRequest::Kind::List, .list = kind},
            write_request(id, list_method(kind), own_params(members))))
    list_failed(kind, "the queue towards the server is full");
}

void Child::listed(ListKind kind, const Rpc& rpc, const MessagePtr& message) {
  Listing& listing = listings_[static_cast<size_t>(kind)];
  if (rpc.kind == RpcKind::ErrorAnswer) {
    const std::string said = rpc.error.find("message").text();
    const bool none =
        rpc.error.find("code").integer() == static_cast<int>(ErrorCode::MethodNotFound);
    if (listing.undeclared && listing.pages.empty()) return finish_list(kind);
    if (!none || !listing.pages.empty()) return list_failed(kind, "the server answered: " + said);
    // Some servers declare a list that they don't have. Such a list counts as empty.
    log::info("server '{}' has no {}: {}", config().name, list_method(kind), said);
    return finish_list(kind);
  }
  const bool first = core_.catalog.count(configured_, kind) == 0;
  const Value items = rpc.result.find(list_member(kind));
  if (const std::string why = page_fault(items, first); !why.empty()) return list_failed(kind, why);
  listing.pages.push_back(message);
  listing.bytes += message->bytes().size();
  const Value cursor = rpc.result.find("nextCursor");
  // Client libraries treat an empty cursor as the end of the list, and some servers send an empty
  // cursor there.
  if (!cursor.is_string() || cursor.raw().size() <= 2) return finish_list(kind);
  const std::string text(cursor.raw());
  const bool repeated = !listing.cursors.insert(text).second;
  if (repeated || listing.pages.size() >= core_.options.limits.pages ||
      listing.bytes > kLongestList) {
    log::warn("server '{}': {} {}; callgate uses the pages that it has received", config().name,
              list_method(kind),
              repeated ? "repeats a cursor" : "has too many pages (limits.pages)");
    return finish_list(kind);
  }
  request_page(kind, text);
}

// The list that was known before stays in use. If no list was known, the pages that have arrived
// are used.
void Child::list_failed(ListKind kind, const std::string& why) {
  ListFailure& failure = list_failures_[static_cast<size_t>(kind)];
  if (failure.why != why)
    log::warn("server '{}': {} failed: {}; the earlier list stays in use, and callgate asks again",
              config().name, list_method(kind), why);
  failure.why = why.empty() ? "the server gave no reason" : why;
  failure.at = core_.now.monotonic;
  if (failure.due == Nanos{}) {
    // 2, 4, 8, 16, 32, 60 s; the inner min() keeps the shift small.
    failure.due =
        failure.at + std::min(kLongestRetry, kFirstRetry * (1 << std::min(failure.count, 5)));
    ++failure.count;
    core_.deadlines.add({.at = failure.due,
                         .kind = Deadline::Kind::Relist,
                         .owner = child_,
                         .request = static_cast<int64_t>(kind)});
  }
  Listing& listing = listings_[static_cast<size_t>(kind)];
  const bool use = core_.catalog.count(configured_, kind) == 0 && !listing.pages.empty();
  if (!use) listing.pages.clear();
  listing.failed = true;
  finish_list(kind);
}

void Child::list_again(ListKind kind) {
  ListFailure& failure = list_failures_[static_cast<size_t>(kind)];
  failure.due = {};
  if (ready() && !listings_[static_cast<size_t>(kind)].running) start_list(kind);
}

void Child::ask_for_failed_lists() {
  if (!ready()) return;
  for (const ListKind kind : kListKinds) {
    const ListFailure& failure = list_failures_[static_cast<size_t>(kind)];
    const bool running = listings_[static_cast<size_t>(kind)].running;
    if (!failure.why.empty() && !running && core_.now.monotonic - failure.at >= kRetryForClients)
      start_list(kind);
  }
}

void Child::forget_list_failure(ListKind kind) {
  ListFailure& failure = list_failures_[static_cast<size_t>(kind)];
  if (failure.due != Nanos{})
    core_.deadlines.remove({.at = failure.due,
                            .kind = Deadline::Kind::Relist,
                            .owner = child_,
                            .request = static_cast<int64_t>(kind)});
  failure = {};
}

std::string Child::list_why() const {
  std::string all;
  for (const ListKind kind : kListKinds) {
    const ListFailure& failure = list_failures_[static_cast<size_t>(kind)];
    if (failure.why.empty()) continue;
    all += (all.empty() ? "" : "; ") + std::string(list_method(kind)) + " failed: " + failure.why;
  }
  return all.empty() ? all : all + "; callgate asks again";
}

void Child::finish_list(ListKind kind) {
  Listing& listing = listings_[static_cast<size_t>(kind)];
  const std::vector<MessagePtr> pages = std::move(listing.pages);
  const bool failed = listing.failed;
  const bool again = listing.again && listing.rounds < kRounds;
  const int rounds = listing.rounds;
  listing = {};
  if (again && !failed) {
    listing.rounds = rounds + 1;
    start_list(kind);
    return;
  }
  std::vector<Value> parts;
  for (const MessagePtr& page : pages) {
    const Value items = page->root().find("result").find(list_member(kind));
    if (items.is_array()) parts.push_back(items);
  }
  if (!failed) forget_list_failure(kind);
  if (!failed || !parts.empty()) have_list(kind, parts);
  if (ready()) keep_lists();
  become_ready();
}

// Saves the lists, unless one of them has never arrived, because that list would be saved as empty.
void Child::keep_lists() {
  for (const ListFailure& failure : list_failures_)
    if (!failure.why.empty() && !core_.server_cache.of(configured_).listed) return;
  core_.server_cache.keep(configured_);
}

void Child::have_list(ListKind kind, const std::vector<Value>& parts) {
  if (retired()) return;
  core_.server_cache.listed(configured_, kind, parts);
  const bool changed =
      core_.catalog.set(configured_, kind,
                        entries_of(kind, parts, configured_, core_.registry, core_.options.policy,
                                   bool(capability("tasks")), core_.options.limits.tools));
  if (changed) core_.list_news->changed(kind);
}

}  // namespace callgate
