// Requests of the modern era. Each one declares its client and the client's capabilities, because
// this era has no handshake. Source: MCP 2026-07-28 "Base Protocol", "Versioning".
#include "callgate/wire/writer.h"
#include "change_streams.h"
#include "refusals.h"
#include "session.h"
#include "tasks.h"

namespace callgate {

void Session::modern_request(const Rpc& rpc, const MessagePtr& message) {
  const ClientRequest asked = now_asked(rpc);
  ModernTerms terms;
  if (const std::optional<RpcFault> fault = read_terms(rpc.params, terms)) {
    record_refused(rpc.root, message, fault->code, fault->message);
    return send_answer(asked, write_error_with(asked.id, fault->code, fault->message, fault->data),
                       static_cast<int>(fault->code));
  }
  // The declared capabilities are fixed when the first children start, because a legacy child gets
  // them only once.
  if (!uses_servers_) declared_ = callgate::child_capabilities(terms.capabilities);
  const Method method = method_of(rpc, Sender::Client, Era::Modern);
  if (method == Method::Discover) return discover(rpc);
  opened_by(terms.client_info, kModernRevision, Era::Modern);
  if (const auto refusal = core_.clients.refusal(number_, client_name_))
    return turn_away(rpc, message, ErrorCode::Rejected, *refusal, "client.revoked",
                     "clients: revoked");
  if (common_request(method, rpc, message) || !has_room(rpc, message, 0)) return;
  if (method == Method::Listen) return core_.change_streams->open(*this, rpc, message);
  if (method == Method::Task) return core_.tasks->request(*this, rpc, message);
  core_.refusals->refuse_method(*this, rpc, message);
}

void Session::discover(const Rpc& rpc) {
  JsonWriter out;
  out.begin_object().key("resultType").string("complete");
  out.key("supportedVersions").begin_array().string(kModernRevision).end_array();
  out.key("capabilities").raw(gate_capabilities(dialect(Era::Modern)));
  if (const std::string text = instructions(); !text.empty()) out.key("instructions").string(text);
  out.key("ttlMs").integer(0).key("cacheScope").string("private");
  out.key("_meta").begin_object().key(kMetaServerInfo).begin_object();
  out.key("name").string("callgate").key("version").string(core_.options.version);
  out.end_object().end_object().end_object();
  answer(now_asked(rpc), out.take());
}

}  // namespace callgate
