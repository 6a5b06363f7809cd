#include "texts.h"

#include <fmt/core.h>

#include "callgate/base/ascii.h"

namespace callgate {

namespace {

const char* in_words(AnswerKind kind) {
  switch (kind) {
    case AnswerKind::NotFound:
      return "not found";
    case AnswerKind::Denied:
      return "denied";
    case AnswerKind::Invalid:
      return "invalid";
    case AnswerKind::Timeout:
      return "timed out";
    case AnswerKind::Rate:
      return "rate-limited";
    case AnswerKind::Empty:
      return "empty";
    case AnswerKind::Error:
      return "an error";
    case AnswerKind::Ok:
      return "done";
  }
  return "";
}

}  // namespace

std::string plain(std::string_view text, size_t most) {
  std::string made;
  for (char c : text.substr(0, most))
    made += is_letter_or_digit(c) || std::string_view("._-/:@").find(c) != std::string_view::npos
                ? c
                : '?';
  if (text.size() > most) made += "...";
  return made;
}

std::string repeat_summary(const GuardCall& call, const Repeats::Entry& entry) {
  return fmt::format("{} was called {} times with the same arguments and gave the same answer{}",
                     plain(call.tool), entry.times, entry.cadence.text());
}

std::string cycle_summary(const Cycles::Round& round) {
  return fmt::format("the same round of {} calls with the same answers was made {} times",
                     round.length, round.repeats);
}

std::string guess_summary(const GuardCall& call, const Guesses::Family& family, AnswerKind kind) {
  return fmt::format("{} of {} different new calls of {} failed, the last answer was: {}{}",
                     family.failed, family.tried, plain(call.tool), in_words(kind),
                     family.cadence.text());
}

std::string mutated_summary(const GuardCall& call, const Mutations::Kind& kind) {
  return fmt::format(
      "{} was called with {} different identifiers of one kind, and none of them exists{}",
      plain(call.tool), kind.count(), kind.cadence.text());
}

std::string dead_end_summary(const DeadEnd& dead_end) {
  return fmt::format("{} earlier session{} made this call of {}, which {}", dead_end.sessions,
                     dead_end.sessions == 1 ? "" : "s", plain(dead_end.tool),
                     dead_end.kind == AnswerKind::Denied ? "was denied" : "found nothing");
}

std::string dead_end_summary(const GuardCall& call, uint32_t sessions, uint32_t met_again) {
  std::string text = fmt::format("this call of {} failed in {} earlier session{}, too",
                                 plain(call.tool), sessions, sessions == 1 ? "" : "s");
  if (met_again > 1)
    text += fmt::format("; this session has now tried {} dead ends of earlier sessions again",
                        met_again);
  return text;
}

std::string idle_summary(double share, uint32_t window) {
  return fmt::format("of the last {} calls, {:.0f} % gave something new", window, 100 * share);
}

std::string budget_summary(const Budgets& budgets, Budgets::Spent spent) {
  const int percent = static_cast<int>(100 * spent.share);
  switch (spent.what) {
    case Budgets::What::Calls:
      return fmt::format("{} calls without a pause of half an hour, {} % of the budget of calls",
                         budgets.calls(), percent);
    case Budgets::What::Time:
      return fmt::format("{} minutes without a pause of half an hour, {} % of the budget of time",
                         std::chrono::duration_cast<std::chrono::minutes>(budgets.time()).count(),
                         percent);
    case Budgets::What::Bytes:
      return fmt::format("{} MiB of answers without a pause of half an hour, {} % of the budget",
                         budgets.bytes() >> 20, percent);
    case Budgets::What::Day:
      return fmt::format("this client has used {} % of the calls that it may make in a day",
                         percent);
  }
  return "";
}

std::string siblings(const GuardCall& call, const GuardSession& session, const CallKeys& keys) {
  constexpr size_t kMost = 5;
  const std::vector<std::string> names = session.listing.like(call.server, keys.guess, kMost);
  std::string text;
  for (const std::string& name : names)
    text += (text.empty() ? "The last listing has: " : ", ") + plain(name);
  return text.empty() ? text : text + ".";
}

std::string nearest_identifier(const Mutations::Kind& kind, std::string_view wrong) {
  const std::string_view nearest = kind.nearest();
  if (nearest.empty()) return "";
  const size_t distance = edit_distance(nearest, wrong);
  if (distance == 0) return fmt::format("It begins like {}, which exists.", plain(nearest));
  return fmt::format("It differs from {}, which exists, in {} of {} characters.", plain(nearest),
                     distance, nearest.size());
}

}  // namespace callgate
