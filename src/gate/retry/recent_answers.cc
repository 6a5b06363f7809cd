#include "recent_answers.h"

#include <utility>

#include "callgate/wire/canonical_json.h"

namespace callgate {

namespace {

constexpr Nanos kSoon = std::chrono::seconds(1);

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
    return remove(std::next(it).base());
  }
  return std::nullopt;
}

std::optional<RecentAnswer> RecentAnswers::take_equal(const Call& call, Nanos least, Nanos most,
                                                      Nanos now) {
  const std::string& server = call.child->config().name;
  for (auto it = answers_.rbegin(); it != answers_.rend(); ++it) {
    if (it->ended + kSoon < now) break;
    if (it->session != call.session || it->tool != call.name || it->server != server ||
        canonical_json(it->args) != canonical_json(call.args))
      continue;
    const Nanos took = it->ended - it->received;
    if (took < least || took > most) break;
    return remove(std::next(it).base());
  }
  return std::nullopt;
}

RecentAnswer RecentAnswers::remove(std::deque<RecentAnswer>::iterator at) {
  RecentAnswer removed = std::move(*at);
  bytes_ -= bytes_of(removed);
  answers_.erase(at);
  return removed;
}

}  // namespace callgate
