// Functions with which other parts of the gate look up and update running calls.
#include <algorithm>

#include "call.h"
#include "callgate/protocol/modern.h"
#include "child.h"
#include "session.h"

namespace callgate {

namespace {

// Messages of at least 64 KiB are long; see has_memory().
constexpr size_t kLongMessage = size_t{64} << 10, kMostLongMessages = 16;

}  // namespace

bool Calls::any(SessionNumber session, const Child& child) const {
  return std::any_of(calls_.begin(), calls_.end(), [&](const auto& one) {
    return one.second->session == session && one.second->child == &child;
  });
}

bool Calls::any_at(const Child& child) const {
  return std::any_of(calls_.begin(), calls_.end(),
                     [&](const auto& one) { return one.second->child == &child; });
}

Child* Calls::give_up_waiting(SessionNumber session, ServerIndex server) {
  Call* oldest = nullptr;
  for (const auto& [number, call] : calls_) {
    const bool waits = call->session == session && !call->client_waits && call->task.empty() &&
                       call->stream == 0 && call->child && call->child->configured() == server;
    if (waits && (!oldest || call->wait_due < oldest->wait_due)) oldest = call.get();
  }
  if (!oldest) return nullptr;
  Child* child = oldest->child;
  round_is_over(*oldest);
  return child;
}

void Calls::person(CallNumber number, bool asked) {
  Call* call = find(number);
  if (!call) return;
  if (asked) {
    if (call->questions++ == 0) call->asked_at = core_.now.monotonic;
  } else if (call->questions > 0 && --call->questions == 0) {
    call->waited += core_.now.monotonic - call->asked_at;
  }
}

Value Calls::capabilities_of(const Call& call) const {
  if (call.client.era == Era::Modern) return call.params.find("_meta").find(kMetaCapabilities);
  const Session* session = core_.session(call.session);
  return session ? session->capabilities() : Value();
}

int Calls::lowest_log_level() const {
  int wanted = -1;
  for (const auto& [number, call] : calls_) {
    if (call->log_level >= 0 && (wanted < 0 || call->log_level < wanted)) wanted = call->log_level;
  }
  return wanted;
}

void Calls::log_message(CallNumber number, int level, const Rpc& rpc) {
  Call* call = find(number);
  if (!call || call->log_level < 0 || level < call->log_level || !call->client_waits) return;
  if (Session* session = core_.session(call->session))
    session->notify(std::string(rpc.root.raw()), call->client.exchange);
}

// A call keeps its message until the call ends. All long messages of one principal (a token with a
// profile), in all its sessions, may together be as large as kMostLongMessages messages of maximal
// length. The number of short messages is limited by limits.in_flight only.
bool Calls::has_memory(Session& session, const Rpc& rpc, const MessagePtr& message) const {
  if (message->bytes().size() < kLongMessage) return true;
  const std::string principal = session.principal();
  size_t held = message->bytes().size();
  for (const auto& [number, call] : calls_) {
    if (!call->message || call->message->bytes().size() < kLongMessage) continue;
    const Session* owner = core_.session(call->session);
    if (owner && owner->principal() == principal) held += call->message->bytes().size();
  }
  if (held <= kMostLongMessages * core_.options.limits.line) return true;
  session.turn_away(
      rpc, message, ErrorCode::Internal,
      "the open requests of this client hold too much memory; send the request again when some "
      "of them have been answered",
      "session.full", "limits.line");
  return false;
}

}  // namespace callgate
