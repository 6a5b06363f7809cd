#include "held_questions.h"

#include <algorithm>
#include <utility>

#include "callgate/base/log.h"
#include "callgate/protocol/modern.h"
#include "callgate/wire/writer.h"
#include "gate/child/child.h"
#include "questions.h"

namespace callgate {

namespace {
using namespace std::chrono_literals;
// How long a starting server waits for an answer until its questions are refused. Servers that ask
// for roots before they return their lists ask within milliseconds.
constexpr Nanos kWhileStarting = 3s;
}  // namespace

void HeldQuestions::hold(HeldQuestion question) {
  // Replaces an earlier question for whose answer the server no longer waits.
  std::erase_if(held_, [&](const HeldQuestion& one) {
    return one.child_id.empty() && one.child == question.child && one.method == question.method &&
           one.session == question.session;
  });
  const ChildIndex child = question.child;
  held_.push_back(std::move(question));
  if (core_.pool[child].ready()) return;
  core_.deadlines.add(
      {.at = core_.now.monotonic + kWhileStarting, .kind = Deadline::Kind::Held, .owner = child});
}

size_t HeldQuestions::of(ChildIndex child) const {
  return static_cast<size_t>(std::count_if(
      held_.begin(), held_.end(), [child](const HeldQuestion& one) { return one.child == child; }));
}

std::vector<HeldQuestion> HeldQuestions::take(SessionNumber session, const Child& child,
                                              Value capabilities) {
  std::vector<HeldQuestion> taken;
  std::erase_if(held_, [&](HeldQuestion& one) {
    const bool waits_elsewhere =
        !one.child_id.empty() && core_.pool[one.child].configured() == child.configured();
    if (one.session != session || (one.child != child.number() && !waits_elsewhere)) return false;
    const Result<MessagePtr> params = core_.walker.walk(one.params.empty() ? "{}" : one.params);
    if (!params || !allows_question(capabilities, question_word(one.method), (*params)->root()))
      return false;
    taken.push_back(std::move(one));
    return true;
  });
  return taken;
}

void HeldQuestions::refuse(HeldQuestion& question, const std::string& why) {
  if (question.child_id.empty()) return;
  core_.pool[question.child].send(
      write_error(question.child_id, ErrorCode::Rejected, why, "question.refused"));
  question.child_id.clear();
}

void HeldQuestions::cancelled(ChildIndex child, std::string_view child_id) {
  for (HeldQuestion& one : held_)
    if (one.child == child && one.child_id == child_id) one.child_id.clear();
  std::erase_if(held_, [](const HeldQuestion& one) {
    return one.child_id.empty() && one.method != kListRoots;
  });
}

void HeldQuestions::due(ChildIndex child) {
  if (core_.pool[child].ready()) return;
  for (HeldQuestion& one : held_)
    if (one.child == child)
      refuse(one, "this client can be asked only while a call of this client is running");
  cancelled(child, "");
}

void HeldQuestions::child_gone(ChildIndex child) {
  std::erase_if(held_, [child](const HeldQuestion& one) { return one.child == child; });
}

void HeldQuestions::session_gone(SessionNumber session) {
  std::erase_if(held_, [&](HeldQuestion& one) {
    if (one.session != session) return false;
    refuse(one, "the client is gone");
    return true;
  });
}

}  // namespace callgate
