// Sends messages to a client over its link.
#pragma once

#include <string>
#include <string_view>

#include "callgate/gate/ports.h"
#include "callgate/protocol/text.h"
#include "gate/state/client_request.h"

namespace callgate {

class ClientOutput {
 public:
  explicit ClientOutput(ClientLink& link) : link_(link) {}

  void answer(const ClientRequest& to, std::string_view result) {
    send_answer(to, write_answer(to.id, result), 0);
  }
  void fail(const ClientRequest& to, ErrorCode code, std::string_view message,
            std::string_view code_word) {
    send_answer(to, write_error(to.id, code, message, code_word), static_cast<int>(code));
  }
  /// Sends a complete answer that already has the client's id. `error` is its code, or 0 for a
  /// result.
  void send_answer(const ClientRequest& to, std::string bytes, int error) {
    send({.kind = SendKind::Answer,
          .bytes = std::move(bytes),
          .about = to.exchange,
          .error = error,
          .request_id = to.id});
  }
  void notify(std::string bytes, Exchange about) {
    send({.kind = SendKind::Notification, .bytes = std::move(bytes), .about = about});
  }
  void ask(std::string bytes, Exchange about) {
    send({.kind = SendKind::Question, .bytes = std::move(bytes), .about = about});
  }
  /// The link is gone. Nothing is sent any more.
  void close() { closed_ = true; }
  ClientLink& link() { return link_; }

 private:
  void send(Outgoing message) {
    if (!closed_) link_.send(std::move(message));
  }

  ClientLink& link_;
  bool closed_ = false;
};

}  // namespace callgate
