#include "list_news.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "gate/flow/change_streams.h"

namespace callgate {

namespace {

constexpr Nanos kMoment = std::chrono::milliseconds(200);  // while servers start

bool some_server_starts(const ChildPool& pool) {
  return std::any_of(pool.begin(), pool.end(),
                     [](const auto& child) { return child->life.starting(); });
}

}  // namespace

void ListNews::changed(ListKind kind) {
  changed_[static_cast<size_t>(kind)] = true;
  if (due_ != Nanos{}) return;
  if (!some_server_starts(core_.pool)) return notify();
  due_ = core_.now.monotonic + kMoment;
  core_.deadlines.add({.at = due_, .kind = Deadline::Kind::News});
}

void ListNews::all_changed() {
  changed_.fill(true);
  notify();
}

void ListNews::settled() {
  if (due_ != Nanos{} && !some_server_starts(core_.pool)) notify();
}

void ListNews::notify() {
  if (due_ != Nanos{}) core_.deadlines.remove({.at = due_, .kind = Deadline::Kind::News});
  due_ = Nanos{};
  std::vector<ListKind> kinds;
  for (const ListKind kind : kListKinds)
    if (std::exchange(changed_[static_cast<size_t>(kind)], false)) kinds.push_back(kind);
  for (const auto& [number, session] : core_.sessions) session->lists.notify(kinds);
  core_.change_streams->notify_of_lists(kinds);
}

}  // namespace callgate
