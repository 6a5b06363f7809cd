// A session's requests besides calls (lists and the log level), and the children that it uses.
#include <algorithm>
#include <set>
#include <utility>

#include "child.h"
#include "list_news.h"
#include "session.h"

namespace callgate {

Child* Session::child_of(ServerIndex server) {
  Child* child = core_.child_for(*this, server);
  if (child) child->ensure_started();
  return child;
}

Child* Session::child_for_call(ServerIndex server) {
  Child* child = core_.child_for_call(*this, server);
  if (child) child->ensure_started();
  return child;
}

void Session::start_children() {
  if (core_.shutting_down) return;
  uses_servers_ = true;
  for (const ServerIndex i : core_.registry.order()) {
    if (sees(i)) child_of(i);
  }
}

void Session::take_rights() {
  rights_ = Rights(core_.options.policy, core_.options.profiles, rights_.profile());
}

void Session::update_children() {
  for (const auto& child : core_.children) {
    const bool out_of_sight = !child->retired() && !sees(child->configured());
    if (out_of_sight && child->used_by(number_) && !child->tied_to(number_)) child->leave(number_);
  }
  if (uses_servers_) start_children();
}

bool Session::sees(ServerIndex server) const {
  return rights_.sees_server(core_.registry[server].name);
}

bool Session::settled() {
  for (const ServerIndex i : core_.registry.order()) {
    if (!sees(i)) continue;
    const Child* child = core_.child_for(*this, i);
    if (child && !child->settled()) return false;
  }
  return true;
}

bool Session::lists_known() {
  for (const ServerIndex i : core_.registry.order()) {
    if (!sees(i) || core_.server_cache.of(i).listed) continue;
    const Child* child = core_.child_for(*this, i);
    if (child && !child->settled()) return false;
  }
  return true;
}

bool Session::some_list_known() {
  for (const ServerIndex i : core_.registry.order()) {
    if (!sees(i)) continue;
    const Child* child = core_.child_for(*this, i);
    if (core_.server_cache.of(i).listed || (child && child->ready())) return true;
  }
  return false;
}

std::string Session::instructions() const {
  std::vector<Instructions> all;
  for (const ServerIndex i : core_.registry.order()) {
    if (sees(i)) all.push_back({core_.registry[i].name, core_.server_cache.of(i).instructions});
  }
  return merged_instructions(all);
}

std::string Session::child_capabilities() const {
  return initialized_ ? callgate::child_capabilities(capabilities()) : declared_;
}

void Session::list(const Rpc& rpc, ListKind kind) {
  const Value cursor = rpc.params.find("cursor");
  start_children();
  for (const auto& child : core_.children)
    if (child->used_by(number_)) child->ask_for_failed_lists();
  if (lists_known()) return answer_list(now_asked(rpc), kind, cursor ? cursor.text() : "");
  opened(now_asked(rpc),
         {.where = OpenRequest::Where::List, .list = kind, .cursor = cursor ? cursor.text() : ""});
  if (lists_due_ == Nanos{}) wait_for_lists(ListWait::First, core_.options.limits.first_list);
}

void Session::wait_for_lists(ListWait stage, Nanos time) {
  if (lists_due_ != Nanos{})
    core_.deadlines.remove({.at = lists_due_, .kind = Deadline::Kind::Lists, .owner = number_});
  list_wait_ = stage;
  lists_due_ = core_.now.monotonic + time;
  core_.deadlines.add({.at = lists_due_, .kind = Deadline::Kind::Lists, .owner = number_});
}

// An empty list helps no client, and many clients never ask for the list again. So while the lists
// of no server are known, the client waits longer for the first server, and then a moment more for
// the other servers.
bool Session::waits_for_more_lists(bool time_is_over) {
  // In both stages together, a client waits at most five times limits.first_list. The client Codex
  // gives up after ten seconds.
  constexpr int kLonger = 4;
  const Nanos step = core_.options.limits.first_list;
  const bool one = some_list_known();
  if (time_is_over && list_wait_ == ListWait::First && !one && !lists_known()) {
    wait_for_lists(ListWait::One, kLonger * step);
    return true;
  }
  if (!time_is_over && list_wait_ == ListWait::One && one)
    wait_for_lists(ListWait::Rest, std::min(step, lists_due_ - core_.now.monotonic));
  return false;
}

void Session::check_list_requests(bool time_is_over) {
  if (time_is_over) lists_due_ = Nanos{};
  if (lists_due_ == Nanos{} && !time_is_over) return;  // no request waits
  if (waits_for_more_lists(time_is_over)) return;
  if (!time_is_over && !lists_known()) return;
  std::vector<std::pair<std::string, OpenRequest>> waiting;
  for (const auto& [id, request] : client_requests_)
    if (request.where == OpenRequest::Where::List) waiting.emplace_back(id, request);
  for (const auto& [id, request] : waiting) {
    closed(id, request.where, 0);
    answer_list({.id = id, .exchange = request.exchange, .era = request.era}, request.list,
                request.cursor);
  }
  if (lists_due_ == Nanos{}) return;
  core_.deadlines.remove({.at = lists_due_, .kind = Deadline::Kind::Lists, .owner = number_});
  lists_due_ = Nanos{};
}

bool Session::shows(ListKind kind, const CatalogEntry& entry) const {
  if (rights_.profile().empty()) return true;  // `entry.shown` already follows the global policy
  if (kind == ListKind::Templates) return sees(entry.server);
  return rights_.lists({.subject = subject_of(kind),
                        .server = core_.registry[entry.server].name,
                        .name = entry.name});
}

void Session::answer_list(const ClientRequest& to, ListKind kind, std::string_view cursor) {
  const std::optional<std::string> page = core_.catalog.page(
      kind, cursor, dialect(to.era), [&](const CatalogEntry& entry) { return shows(kind, entry); });
  if (!page) {
    fail(to, ErrorCode::InvalidParams,
         "the cursor is no longer valid; request the list again without a cursor", "list.cursor");
    return;
  }
  if (to.era == Era::Legacy)
    listed_[static_cast<size_t>(kind)] = core_.list_news->digest(*this, kind);
  answer(to, *page);
}

void Session::notify_of_lists(const std::vector<ListKind>& kinds) {
  if (!initialized_) return;
  std::set<std::string_view> news;  // a set, because resources and templates share a notification
  for (const ListKind kind : kinds) {
    // A client that has not asked for the list needs no notification.
    std::optional<size_t>& listed = listed_[static_cast<size_t>(kind)];
    if (!listed) continue;
    const size_t now = core_.list_news->digest(*this, kind);
    if (std::exchange(listed, now) != now) news.insert(changed_notification(kind));
  }
  for (const std::string_view method : news) notify(write_notification(method, ""), 0);
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
    for (const auto& child : core_.children) child->refresh_level();
  }
  answer(now_asked(rpc), "{}");
}

Child* Session::server_of_uri(const std::string& uri) {
  if (const auto owner = core_.catalog.owner_of(uri))
    return sees(*owner) ? child_of(*owner) : nullptr;
  Child* only = nullptr;
  for (const ServerIndex i : core_.registry.order()) {
    Child* child = sees(i) ? child_of(i) : nullptr;
    if (!child || !child->capability("resources")) continue;
    if (only) return nullptr;
    only = child;
  }
  return only;
}

}  // namespace callgate
