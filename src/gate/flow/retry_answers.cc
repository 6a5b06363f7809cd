// The end of waiting: what the client gets for a retry, and when the retry is made after all.
#include <utility>

#include "call_endings.h"
#include "call_forwarding.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/writer.h"
#include "gate/call/added_text.h"
#include "retries.h"

namespace callgate {

namespace {

std::string seconds_of(Micros at) { return format_wall(at).substr(0, 19) + "Z"; }

/// Adds the id of the earlier call as a member of `_meta`, for programs.
void add_meta(Edits& edits, Value result, const std::string& id) {
  if (!result.is_object()) return;
  const Value meta = result.find("_meta");
  if (meta.is_object() && !meta.find("callgate/earlier_call"))
    edits.add(meta, "callgate/earlier_call", quote(id));
  else if (!meta)
    edits.add(result, "_meta", "{\"callgate/earlier_call\":" + quote(id) + "}");
}

}  // namespace

bool Retries::end_waiting(LeftCall& earlier, void (Retries::*end)(Call&, const LeftCall&)) {
  bool any = false;
  for (const CallNumber number : std::exchange(earlier.waiting, {})) {
    Call* call = core_.calls->find(number);
    if (!call || !call->is<AwaitingEarlier>()) continue;
    (this->*end)(*call, earlier);
    any = true;
  }
  return any;
}

// The first of these calls is made, and the others wait for it.
void Retries::make_after_all(const std::vector<CallNumber>& retries) {
  CallNumber first = 0;
  for (const CallNumber number : retries) {
    Call* call = core_.calls->find(number);
    const Call* made = core_.calls->find(first);
    if (!call || !call->is<AwaitingEarlier>()) continue;
    if (made && made->is<AtChild>()) {
      wait_for(*call, entry_of(*made));
    } else {
      first = number;
      core_.forwarding->forward(*call);
    }
  }
}

// Claude Code gives up a little before its SDK cancels the call, and tells nobody if the answer
// comes in between. So if an answer came at about the time when the client gives up, and an equal
// call follows soon, the answer was probably missed. It is given again.
bool Retries::was_missed(Call& call) {
  const std::optional<Nanos> patience = patience_.of(call.session);
  const bool shared_session = call.client.era == Era::Modern && call.client.exchange != 0;
  if (!patience || shared_session) return false;
  const std::optional<RecentAnswer> missed =
      recent_.take_equal(call, *patience * 9 / 10, *patience * 5 / 4, core_.now.monotonic);
  if (!missed) return false;
  give_answer(call, RetryMatches::entry_for(*missed, *core_.session(call.session)));
  return true;
}

void Retries::give_answer(Call& call, const LeftCall& earlier) {
  const std::string id = record_id(earlier);
  const std::string done = "Already done at " + seconds_of(earlier.at);
  if (!earlier.answer)
    return end_in_words(
        call, earlier,
        done + ": your earlier call " + id +
            " with the same arguments has ended, but callgate no longer has its "
            "answer. Callgate did not make the call again. `callgate history show " +
            id + "` has what was recorded.");
  const Result<Rpc> rpc = classify(earlier.answer->root());
  if (!rpc) return say_unknown(call, earlier);
  const Session* session = core_.session(call.session);
  const bool is_result = rpc->kind == RpcKind::Answer;
  const Value payload = is_result ? rpc->result : rpc->error;
  Edits edits;
  edits.replace(rpc->id, call.client.id);
  Ending ending{.outcome = Outcome::Repeated, .error = ""};
  ending.answer_error =
      translate_answer(edits, *rpc, earlier.era,
                       session ? session->client.dialect(call.client.era) : Dialect{}, false);
  // A failed call may have done nothing.
  const bool failed = !is_result || rpc->result.find("isError").boolean().value_or(false);
  add_text(edits, call, *rpc, "earlier_call",
           (failed ? "Not made again" : done) + ": this is the answer to your earlier call " + id +
               " with the same arguments, which you did not get. Callgate did not make the call "
               "again.");
  if (is_result) add_meta(edits, rpc->result, id);
  ending.answer = edits.apply(rpc->root);
  ending.result = {.owner = earlier.answer, .bytes = payload.raw()};
  if (!is_result) {
    ending.error = rpc->error.find("message").text();
    ending.error_code = rpc->error.find("code").integer();
  }
  ending.answered = rpc->result;
  ending.server_answer = earlier.answer;
  ending.earlier = earlier.id;
  ending.made = earlier.at;
  core_.endings->finish(call, std::move(ending));
}

void Retries::say_unknown(Call& call, const LeftCall& earlier) {
  end_in_words(call, earlier,
               "This call was not made, because it repeats your call " + record_id(earlier) +
                   " of " + seconds_of(earlier.at) +
                   ". Callgate has no answer to that call, so it is unknown whether the server has "
                   "carried it out. Check whether the earlier call took effect, for "
                   "example with a tool that only reads. If it did not, send the call again; "
                   "callgate will then pass it to the server.");
}

void Retries::say_running(Call& call, const LeftCall& earlier) {
  end_in_words(call, earlier,
               "This call was not made, because your call " + record_id(earlier) +
                   " with the same arguments is still running, and many equal calls wait for its "
                   "answer. Make the call again later.");
}

void Retries::end_in_words(Call& call, const LeftCall& earlier, const std::string& text) {
  Ending ending{.outcome = Outcome::Repeated, .error = text};
  ending.earlier = earlier.id;
  ending.answer = write_answer(call.client.id, write_tool_error(text, call.client.era));
  core_.endings->finish(call, std::move(ending));
}

std::string Retries::record_id(const LeftCall& left) const {
  const uint64_t run = left.id >> 32;
  const std::string number = std::to_string(static_cast<CallNumber>(left.id));
  return run == 0 ? number : std::to_string(run) + "-" + number;
}

}  // namespace callgate
