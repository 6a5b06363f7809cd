#include "left_calls.h"

#include <algorithm>
#include <utility>

namespace callgate {

namespace {

std::string full_name(const std::string& server, const std::string& tool) {
  return server + '\0' + tool;
}

}  // namespace

LeftCall& LeftCalls::add(LeftCall call) {
  const CallId id = call.id;
  if (!call.key.empty()) by_tool_.emplace(full_name(call.server, call.tool), id);
  return calls_.insert_or_assign(id, std::move(call)).first->second;
}

LeftCall* LeftCalls::find(CallId id) {
  const auto found = calls_.find(id);
  return found == calls_.end() ? nullptr : &found->second;
}

std::vector<LeftCall*> LeftCalls::of_tool(const std::string& server, const std::string& tool) {
  std::vector<LeftCall*> found;
  if (by_tool_.empty()) return found;
  const auto [from, to] = by_tool_.equal_range(full_name(server, tool));
  for (auto it = from; it != to; ++it)
    if (LeftCall* call = find(it->second)) found.push_back(call);
  return found;
}

size_t LeftCalls::answer_bytes() const {
  size_t bytes = 0;
  for (const auto& [id, call] : calls_)
    if (call.answer)
      bytes += call.answer->bytes().size() + call.answer->nodes().size() * sizeof(Node);
  return bytes;
}

LeftCall& LeftCalls::least_wanted() {
  const auto without_key = std::find_if(calls_.begin(), calls_.end(),
                                        [](const auto& each) { return each.second.key.empty(); });
  return (without_key == calls_.end() ? calls_.begin() : without_key)->second;
}

bool LeftCalls::has_equal(const LeftCall& call) {
  const std::vector<LeftCall*> all = of_tool(call.server, call.tool);
  return std::any_of(all.begin(), all.end(), [&](const LeftCall* each) {
    return each->key == call.key && each->client == call.client;
  });
}

void LeftCalls::forget_key(LeftCall& call) {
  if (call.key.empty()) return;
  const auto [from, to] = by_tool_.equal_range(full_name(call.server, call.tool));
  for (auto it = from; it != to; ++it) {
    if (it->second != call.id) continue;
    by_tool_.erase(it);
    break;
  }
  call.key.clear();
}

void LeftCalls::erase(CallId id) {
  LeftCall* call = find(id);
  if (!call) return;
  forget_key(*call);
  calls_.erase(id);
}

}  // namespace callgate
