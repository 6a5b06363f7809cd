#include "callgate/app/client_entrance.h"

#include <utility>

#include "app/process/spare_memory.h"

namespace callgate {

SessionNumber ClientEntrance::open_session(ClientLink& link, ClientFacts facts) {
  return gate_.open_session(loop_.now(), link, std::move(facts));
}

void ClientEntrance::client_line(SessionNumber session, std::string line) {
  memory_.after_message(line.size());
  gate_.client_line(loop_.now(), session, std::move(line));
}

void ClientEntrance::client_line_too_long(SessionNumber session, std::string_view head) {
  gate_.client_line_too_long(loop_.now(), session, head);
}

void ClientEntrance::client_message(SessionNumber session, const MessagePtr& message,
                                    Exchange exchange) {
  memory_.after_message(message->bytes().size());
  gate_.client_message(loop_.now(), session, message, exchange);
}

void ClientEntrance::refused_outside(const RefusedOutside& request) {
  gate_.refused_outside(loop_.now(), request);
}

void ClientEntrance::unreadable(const std::string& why) { gate_.unreadable(loop_.now(), why); }

void ClientEntrance::exchange_gone(SessionNumber session, Exchange exchange) {
  gate_.exchange_gone(loop_.now(), session, exchange);
}

void ClientEntrance::answer_missed(SessionNumber session, const std::string& id) {
  gate_.answer_missed(loop_.now(), session, id);
}

void ClientEntrance::earlier_call_told(CallId call) { gate_.earlier_call_told(loop_.now(), call); }

void ClientEntrance::client_gone(SessionNumber session, const std::string& reason) {
  gate_.client_gone(loop_.now(), session, reason);
}

void ClientEntrance::start_all(SessionNumber session) { gate_.start_all(loop_.now(), session); }

}  // namespace callgate
