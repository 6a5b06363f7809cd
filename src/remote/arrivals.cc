// What comes from the server, and how it reaches the gate.
#include <algorithm>
#include <utility>

#include "callgate/base/ascii.h"
#include "callgate/base/log.h"
#include "callgate/wire/rpc.h"
#include "remote_session.h"

namespace callgate {

namespace {

constexpr std::string_view kBatchRevision = "2025-03-26";  // the only one that has batches
constexpr size_t kLongestVersion = 32;

std::string version_of(Value result) {
  const std::string version = result.find("protocolVersion").text();
  const bool visible =
      std::all_of(version.begin(), version.end(), [](char c) { return c > ' ' && c <= '~'; });
  return visible && version.size() <= kLongestVersion ? version : "";
}

}  // namespace

/// Returns the request with this id that has no answer yet.
Exchange* RemoteServer::Impl::asked(Value id) const {
  if (!id) return nullptr;
  for (const auto& [number, exchange] : exchanges) {
    if (exchange->awaits(id)) return exchange.get();
  }
  return nullptr;
}

void RemoteServer::Impl::came(Exchange& exchange, std::string line) {
  message_came(&exchange, std::move(line));
}

void RemoteServer::Impl::server_event(SseEvent&& event) {
  if (event.type != "message") return;
  if (event.too_long) {
    if (events.on_too_long && !gone) events.on_too_long(event.data);
    return;
  }
  message_came(nullptr, std::move(event.data));
}

void RemoteServer::Impl::came_too_long(Exchange& exchange, std::string_view head) {
  if (salvage_id(head) == exchange.message().id()) {
    RequestFailure failure = outcome_unknown("");
    failure.error = {
        "remote.too_long",
        "the server's answer is longer than " + std::to_string(options.line_limit) + " bytes",
        "ask the server for less at once"};
    return exchange.fail(failure);
  }
  if (events.on_too_long && !gone) events.on_too_long(head);
}

/// `from`: the exchange on whose stream the message came; null if it came on a stream of the
/// session. A server may answer a request on any stream after it was resumed.
void RemoteServer::Impl::message_came(Exchange* from, std::string line) {
  if (gone) return;
  const auto walked = walker.walk(std::move(line));
  if (!walked) return unreadable(walker.take_refused());
  const Value root = (*walked)->root();
  if (root.is_array() && terms_.version == kBatchRevision) {
    for (const Value item : root) message_came(from, std::string(item.raw()));
    return;
  }
  const auto rpc = classify(root);
  const bool answers = !rpc || rpc->kind == RpcKind::Answer || rpc->kind == RpcKind::ErrorAnswer;
  std::string text((*walked)->bytes());
  if (!answers) return pass_on(std::move(text));
  const Value id = root.find("id");
  Exchange* exchange = from != nullptr && from->awaits(id) ? from : asked(id);
  if (exchange == nullptr && from != nullptr && from->open() && rpc && !rpc->id) {
    if (auto own = server_error_line(walker, from->message(), text, false))
      return message_came(from, std::move(*own));
  }
  if (exchange == nullptr && !rpc) return pass_on(std::move(text));
  if (exchange == nullptr) {
    log::debug("server '{}' answered a request that is not open", options.server);
    return;
  }
  if (!rpc) return doubtful_answer(*exchange, std::move(text));
  answer_came(*exchange, *rpc, std::move(text));
}

void RemoteServer::Impl::unreadable(std::string line) {
  const auto id = salvage_id(line);
  for (const auto& [number, exchange] : exchanges) {
    if (id && exchange->open() && exchange->message().id() == *id)
      return doubtful_answer(*exchange, std::move(line));
  }
  pass_on(std::move(line));
}

/// A line that is no valid answer, although it is certain which request it answers. The gate
/// reports to its client what is wrong with it.
void RemoteServer::Impl::doubtful_answer(Exchange& exchange, std::string line) {
  if (exchange.own()) return exchange.fail(outcome_unknown("the server's answer cannot be read"));
  exchange.answered();
  pass_on(std::move(line));
}

void RemoteServer::Impl::answer_came(Exchange& exchange, const Rpc& rpc, std::string line) {
  const GateMessage& message = exchange.message();
  if (message.method == "initialize") {
    greeted(exchange, rpc);
    if (exchange.own() && rpc.kind == RpcKind::ErrorAnswer) {
      exchange.end();
      return renewal_failed("the server refused initialize: " + rpc.error.find("message").text());
    }
  }
  if (message.modern && message.method == "tools/list") {
    const bool first = !message.rpc.params.find("cursor");
    if (auto valid = params.learn(rpc.root, first, options.server)) line = std::move(*valid);
  }
  const bool own = exchange.own();
  exchange.answered();
  if (!own) return pass_on(std::move(line));
  if (message.method == "tools/list") return tools_listed(message, rpc);
  if (message.method == "initialize" && initialized) {
    add(*initialized, true);
    flush_soon();
  }
}

void RemoteServer::Impl::greeted(const Exchange& exchange, const Rpc& rpc) {
  if (rpc.kind == RpcKind::ErrorAnswer) return handshake_failed();
  handshake = Handshake::Answered;
  terms_ = {.id = exchange.new_session(), .version = version_of(rpc.result)};
  changing_lists.clear();
  const Value capabilities = rpc.result.find("capabilities");
  for (const char* list : {"tools", "prompts", "resources"}) {
    if (capabilities.find(list)) changing_lists.emplace_back(list);
  }
}

void RemoteServer::Impl::handshake_failed() {
  handshake = Handshake::None;
  flush_soon();
}

void RemoteServer::Impl::pass_on(std::string line) {
  if (!gone && !stopping) events.on_line(std::move(line));
}

void RemoteServer::Impl::accepted(Exchange& exchange) {
  if (exchange.message().method != "notifications/initialized") return;
  handshake = Handshake::Open;
  losses = 0;
  if (!sse) stream.open(terms_);
  if (exchange.own()) replay_lasting();
  flush();
  if (exchange.own()) lists_may_have_changed();
}

void RemoteServer::Impl::refused(Exchange& exchange, const WebAnswer& answer,
                                 const std::string& moved_to) {
  const GateMessage& message = exchange.message();
  if (exchange.state() == Exchange::State::Resuming) {
    exchange.fail(outcome_unknown("the server has lost the session"));
    return renew();
  }
  if (lost_session(exchange, answer)) return send_in_next_session(exchange);
  if (message.method == "server/discover") discover_status = answer.status;
  if (list_tools_again(exchange, answer) || try_old_transport(exchange, answer) ||
      pass_server_error(exchange, answer))
    return;
  exchange.fail(refused_by_status(message, answer, moved_to));
}

/// Gives the JSON-RPC error in the body of an answer to the gate. In the answer to a handshake, the
/// error of a server that has failed says nothing about the revisions that the server speaks.
bool RemoteServer::Impl::pass_server_error(Exchange& exchange, const WebAnswer& answer) {
  const GateMessage& message = exchange.message();
  if (!message.is_request() || exchange.own()) return false;
  const int status = answer.status;
  const bool failed_itself = status >= 500 || status == 408 || status == 425 || status == 429;
  const bool handshake_message =
      message.method == "initialize" || message.method == "server/discover";
  if ((failed_itself && handshake_message) || status == 401 || status == 403) return false;
  auto line = server_error_line(walker, message, answer.body, failed_itself);
  if (!line) return false;
  if (message.method == "initialize") handshake_failed();
  exchange.answered();
  pass_on(std::move(*line));
  return true;
}

void RemoteServer::Impl::failed(Exchange& exchange, const RequestFailure& failure) {
  const GateMessage& message = exchange.message();
  if (exchange.own() &&
      (message.method == "initialize" || message.method == "notifications/initialized"))
    return renewal_failed(failure.error.text());
  if (message.is_request() && !exchange.own()) {
    if (message.method == "initialize") handshake_failed();
    return pass_on(failure_line(message, failure));
  }
  if (exchange.own() && message.method == "tools/list") listing_ended();
  log::warn("server '{}' did not take a message: {}", options.server, failure.error.text());
  if (message.method != "notifications/initialized") return;
  // Some servers refuse it, although they answer requests afterwards.
  handshake = Handshake::Open;
  flush_soon();
}

}  // namespace callgate
