#include "path_queues.h"

namespace callgate {

bool PathQueues::enter(CallNumber call, SessionNumber session) {
  Queue& queue = queues_[session];
  if (queue.asked >= kAtOnce) {
    queue.waiting.push_back(call);
    return false;
  }
  ++queue.asked;
  asked_.emplace(call, session);
  return true;
}

std::optional<SessionNumber> PathQueues::answered(CallNumber call) {
  auto asked = asked_.extract(call);
  if (asked.empty()) return std::nullopt;
  const auto queue = queues_.find(asked.mapped());
  if (--queue->second.asked == 0 && queue->second.waiting.empty()) queues_.erase(queue);
  return asked.mapped();
}

std::optional<CallNumber> PathQueues::next(SessionNumber session) {
  const auto queue = queues_.find(session);
  if (queue == queues_.end() || queue->second.asked >= kAtOnce) return std::nullopt;
  if (queue->second.waiting.empty()) {
    if (queue->second.asked == 0) queues_.erase(queue);
    return std::nullopt;
  }
  const CallNumber call = queue->second.waiting.front();
  queue->second.waiting.pop_front();
  return call;
}

}  // namespace callgate
