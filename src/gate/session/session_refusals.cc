#include "session_refusals.h"

#include "session.h"
#include "session_host.h"

namespace callgate {

namespace {
constexpr std::string_view kNoSession = "built-in: requests without a session";
}  // namespace

void SessionRefusals::refuse(const ClientRequest& to, Value root, const MessagePtr& message,
                             ErrorCode code, const std::string& why, std::string_view code_word) {
  record(root, message, code, why);
  session_.output.fail(to, code, why, code_word);
}

void SessionRefusals::turn_away(const Rpc& rpc, const MessagePtr& message, ErrorCode code,
                                const std::string& why, std::string_view code_word,
                                std::string_view rule) {
  if (may_ask_a_server(rpc.root)) record_one(rpc.root, message, code, why, rule);
  session_.output.fail(session_.now_asked(rpc), code, why, code_word);
}

// Each request of a batch that may ask a server for something gets a row.
void SessionRefusals::record(Value root, const MessagePtr& message, ErrorCode code,
                             const std::string& why) {
  if (!root.is_array()) {
    if (session_.client.named() || may_ask_a_server(root)) record_one(root, message, code, why);
    return;
  }
  for (const Value item : root)
    if (may_ask_a_server(item)) record_one(item, message, code, why);
}

// A notification asks for nothing, and a message without a method may be an answer: neither gets a
// row.
void SessionRefusals::record_one(Value root, const MessagePtr& message, ErrorCode code,
                                 const std::string& why, std::string_view rule) {
  const Value method = any_spelling(root, "method");
  if (!method.is_string() || !any_spelling(root, "id")) return;
  RefusedRequest request = read_refused(root, method, message);
  if (!rule.empty())
    request.rule = rule;
  else if (!session_.client.named())
    request.rule = kNoSession;
  session_.handshake.ensure_recorded();
  host_.refused(session_, request, code, why);
}

void SessionRefusals::record(const std::string& name, ErrorCode code, const std::string& why) {
  session_.handshake.ensure_recorded();
  host_.refused(session_, {.wanted = name, .rule = std::string(kNoSession)}, code, why);
}

}  // namespace callgate
