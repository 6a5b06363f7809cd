#include "left_calls.h"

#include <utility>

namespace callgate {

LeftCall& LeftCalls::add(LeftCall call) {
  const CallId id = call.id;
  if (!call.key.empty()) by_key_.emplace(call.key, id);
  return calls_.insert_or_assign(id, std::move(call)).first->second;
}

LeftCall* LeftCalls::find(CallId id) {
  const auto found = calls_.find(id);
  return found == calls_.end() ? nullptr : &found->second;
}

std::vector<LeftCall*> LeftCalls::with_key(const std::string& key) {
  std::vector<LeftCall*> found;
  const auto [from, to] = by_key_.equal_range(key);
  for (auto it = from; it != to; ++it)
    if (LeftCall* call = find(it->second)) found.push_back(call);
  return found;
}

void LeftCalls::forget_key(LeftCall& call) {
  const auto [from, to] = by_key_.equal_range(call.key);
  for (auto it = from; it != to; ++it) {
    if (it->second != call.id) continue;
    by_key_.erase(it);
    break;
  }
  call.key.clear();
}

void LeftCalls::erase(CallId id) {
  LeftCall* call = find(id);
  if (!call) return;
  if (!call->key.empty()) forget_key(*call);
  calls_.erase(id);
}

}  // namespace callgate
