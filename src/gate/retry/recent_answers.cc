#include "recent_answers.h"

#include <utility>

namespace callgate {

namespace {

size_t bytes_of(const RecentAnswer& answer) {
  return (answer.message ? answer.message->bytes().size() : 0) +
         (answer.answer ? answer.answer->bytes().size() : 0);
}

}  // namespace

void RecentAnswers::add(RecentAnswer answer) {
  if (!answer.message || answer.message->bytes().size() > kLongest) return;
  if (answer.answer && answer.answer->bytes().size() > kLongest) answer.answer = nullptr;
  const Nanos oldest = answer.ended - kKept;
  bytes_ += bytes_of(answer);
  answers_.push_back(std::move(answer));
  while (answers_.size() > kMost || bytes_ > kMostBytes || answers_.front().ended < oldest)
    drop_first();
}

void RecentAnswers::drop_first() {
  bytes_ -= bytes_of(answers_.front());
  answers_.pop_front();
}

std::optional<RecentAnswer> RecentAnswers::take(SessionNumber session, const std::string& id,
                                                Nanos now) {
  for (auto it = answers_.rbegin(); it != answers_.rend(); ++it) {
    if (it->ended + kKept < now) break;
    // Modern clients over HTTP can share a session, and their ids can be equal.
    const bool shared = it->client.era == Era::Modern && it->client.exchange != 0;
    if (shared || it->session != session || it->client.id != id) continue;
    std::optional<RecentAnswer> found = std::move(*it);
    bytes_ -= bytes_of(*found);
    answers_.erase(std::next(it).base());
    return found;
  }
  return std::nullopt;
}

}  // namespace callgate
