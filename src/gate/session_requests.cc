// A session's open requests: their answers, their cancellation, and their end with the session.
#include "call_endings.h"
#include "callgate/protocol/text.h"
#include "change_streams.h"
#include "child.h"
#include "questions.h"
#include "refusals.h"
#include "session.h"

namespace callgate {

void Session::cancelled(const Rpc& rpc) {
  const Value wanted = rpc.params.find("requestId");
  if (!wanted) return;
  const Value reason = rpc.params.find("reason");
  const std::string reason_json(reason ? reason.raw() : std::string_view());
  const std::string id(wanted.raw());
  // Copied first, because ending a request changes the table.
  std::vector<OpenRequest> concerned;
  const auto [from, to] = client_requests_.equal_range(id);
  for (auto it = from; it != to; ++it) {
    // Modern requests that each have an exchange may come from several processes that use the same
    // ids, so a cancellation concerns only requests of its own exchange. Such a client cancels a
    // request by closing its stream (MCP 2026-07-28 "Cancellation").
    const OpenRequest& open = it->second;
    const bool alone = open.era == Era::Modern && open.exchange != 0;
    if (!alone || open.exchange == exchange_) concerned.push_back(open);
  }
  for (const OpenRequest& open : concerned) cancel(id, open, reason_json);
}

void Session::exchange_gone(Exchange exchange) {
  std::vector<std::pair<std::string, OpenRequest>> concerned;
  for (const auto& [id, open] : client_requests_) {
    if (open.exchange == exchange) concerned.emplace_back(id, open);
  }
  for (const auto& [id, open] : concerned) cancel(id, open, "\"the client closed the stream\"");
}

void Session::cancel(const std::string& id, const OpenRequest& open, std::string_view reason_json) {
  switch (open.where) {
    case OpenRequest::Where::Call:
      core_.endings->cancel(open.call, reason_json);
      break;
    case OpenRequest::Where::Child:
      core_.children[open.child]->cancel(open.gate_id, reason_json);
      closed(id, open.where, open.gate_id);
      break;
    case OpenRequest::Where::List:
      closed(id, open.where, 0);
      break;
    case OpenRequest::Where::Listen:
      core_.change_streams->ended(open.call, false);
      break;
  }
}

bool Session::has_room(const Rpc& rpc, const MessagePtr& message, size_t more) {
  if (client_requests_.size() + more < core_.options.limits.in_flight) return true;
  turn_away(rpc, message, ErrorCode::Internal,
            "too many requests are open in this session (limits.in_flight)", "session.full",
            "limits.in_flight");
  return false;
}

void Session::opened(const ClientRequest& request, OpenRequest open) {
  open.exchange = request.exchange;
  open.era = request.era;
  client_requests_.emplace(request.id, std::move(open));
}

bool Session::closed(const std::string& id, OpenRequest::Where where, int64_t number) {
  const auto [from, to] = client_requests_.equal_range(id);
  for (auto it = from; it != to; ++it) {
    const OpenRequest& open = it->second;
    if (open.where != where) continue;
    const bool numbered = where == OpenRequest::Where::Call || where == OpenRequest::Where::Listen;
    if (numbered && open.call != number) continue;
    if (where == OpenRequest::Where::Child && open.gate_id != number) continue;
    client_requests_.erase(it);
    return true;
  }
  return false;
}

void Session::answer(const ClientRequest& to, std::string_view result) {
  send_answer(to, write_answer(to.id, result), 0);
}

void Session::fail(const ClientRequest& to, ErrorCode code, std::string_view message,
                   std::string_view code_word) {
  send_answer(to, write_error(to.id, code, message, code_word), static_cast<int>(code));
}

void Session::refuse(const ClientRequest& to, Value root, const MessagePtr& message, ErrorCode code,
                     const std::string& why, std::string_view code_word) {
  record_refused(root, message, code, why);
  fail(to, code, why, code_word);
}

void Session::send_answer(const ClientRequest& to, std::string bytes, int error) {
  if (closed_) return;
  link_.send(
      {.kind = SendKind::Answer, .bytes = std::move(bytes), .about = to.exchange, .error = error});
}

void Session::notify(std::string bytes, Exchange about) {
  if (closed_) return;
  link_.send({.kind = SendKind::Notification, .bytes = std::move(bytes), .about = about});
}

void Session::ask(std::string bytes, Exchange about) {
  if (closed_) return;
  link_.send({.kind = SendKind::Question, .bytes = std::move(bytes), .about = about});
}

void Session::close(const std::string& reason) {
  closed_ = true;
  const auto open = std::move(client_requests_);
  client_requests_.clear();
  for (const auto& [id, request] : open) {
    switch (request.where) {
      case OpenRequest::Where::Call:
        core_.endings->client_gone(request.call, reason);
        break;
      case OpenRequest::Where::Child:
        core_.children[request.child]->cancel(request.gate_id, "");
        break;
      case OpenRequest::Where::List:
        break;
      case OpenRequest::Where::Listen:
        core_.change_streams->ended(request.call, false);
        break;
    }
  }
  core_.endings->session_closed(number_, reason);
  core_.questions->session_gone(number_);
  for (const auto& child : core_.children) child->forget_subscriber(number_);
  core_.leave_children(number_);
  if (lists_due_ != Nanos{})
    core_.deadlines.remove({.at = lists_due_, .kind = Deadline::Kind::Lists, .owner = number_});
  core_.refusals->sum_up(*this);
  if (recorded_)
    core_.record.append(SessionClosed{.session = number_, .at = core_.now.wall, .reason = reason});
}

}  // namespace callgate
