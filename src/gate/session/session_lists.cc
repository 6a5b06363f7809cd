#include "session_lists.h"

#include <algorithm>
#include <set>
#include <utility>

#include "session.h"
#include "session_host.h"

namespace callgate {

void SessionLists::request(const Rpc& rpc, ListKind kind) {
  const Value cursor = rpc.params.find("cursor");
  host_.start_children(session_);
  host_.retry_failed_lists(session_);
  const ClientRequest asked = session_.now_asked(rpc);
  if (host_.lists_known(session_)) return answer(asked, kind, cursor ? cursor.text() : "");
  session_.requests.add(
      asked,
      {.where = OpenRequest::Where::List, .list = kind, .cursor = cursor ? cursor.text() : ""});
  if (due_ == Nanos{}) wait(Wait::First, gate_.options.limits.first_list);
}

void SessionLists::clear_deadline() {
  if (due_ != Nanos{})
    gate_.deadlines.remove({.at = due_, .kind = Deadline::Kind::Lists, .owner = session_.number()});
  due_ = Nanos{};
}

void SessionLists::wait(Wait stage, Nanos time) {
  clear_deadline();
  stage_ = stage;
  due_ = gate_.now.monotonic + time;
  gate_.deadlines.add({.at = due_, .kind = Deadline::Kind::Lists, .owner = session_.number()});
}

// An empty list helps no client, and many clients never ask for the list again. So while the lists
// of no server are known, the client waits longer for the first server, and then a moment more for
// the other servers.
bool SessionLists::waits_for_more(bool time_is_over) {
  // In both stages together, a client waits at most five times limits.first_list. The client Codex
  // gives up after ten seconds.
  constexpr int kLonger = 4;
  const Nanos step = gate_.options.limits.first_list;
  const bool one = host_.some_list_known(session_);
  if (time_is_over && stage_ == Wait::First && !one && !host_.lists_known(session_)) {
    wait(Wait::One, kLonger * step);
    return true;
  }
  if (!time_is_over && stage_ == Wait::One && one)
    wait(Wait::Rest, std::min(step, due_ - gate_.now.monotonic));
  return false;
}

void SessionLists::check_requests(bool time_is_over) {
  if (time_is_over) due_ = Nanos{};
  if (due_ == Nanos{} && !time_is_over) return;  // no request waits
  if (waits_for_more(time_is_over)) return;
  if (!time_is_over && !host_.lists_known(session_)) return;
  for (const auto& [id, request] : session_.requests.lists()) {
    session_.requests.close(id, request.where, 0);
    answer({.id = id, .exchange = request.exchange, .era = request.era}, request.list,
           request.cursor);
  }
  clear_deadline();
}

void SessionLists::answer(const ClientRequest& to, ListKind kind, std::string_view cursor) {
  const std::optional<std::string> page =
      gate_.catalog.page(session_.workspace(), kind, cursor, session_.client.dialect(to.era),
                         [&](const CatalogEntry& entry) { return session_.shows(kind, entry); });
  if (!page) {
    session_.output.fail(to, ErrorCode::InvalidParams,
                         "the cursor is no longer valid; request the list again without a cursor",
                         "list.cursor");
    return;
  }
  if (to.era == Era::Legacy) listed_[static_cast<size_t>(kind)] = host_.list_digest(session_, kind);
  session_.output.answer(to, *page);
}

void SessionLists::notify(const std::vector<ListKind>& kinds) {
  if (!session_.client.initialized()) return;
  std::set<std::string_view> news;  // a set, because resources and templates share a notification
  for (const ListKind kind : kinds) {
    // A client that has not asked for the list needs no notification.
    std::optional<size_t>& listed = listed_[static_cast<size_t>(kind)];
    if (!listed) continue;
    const size_t now = host_.list_digest(session_, kind);
    if (std::exchange(listed, now) != now) news.insert(changed_notification(kind));
  }
  for (const std::string_view method : news)
    session_.output.notify(write_notification(method, ""), 0);
}

}  // namespace callgate
