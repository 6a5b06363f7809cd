#include "session_handshake.h"

#include "callgate/protocol/modern.h"
#include "callgate/wire/writer.h"
#include "session.h"
#include "session_host.h"

namespace callgate {

// Rules, pauses and the record use the client's name, so it must not change during the session.
void SessionHandshake::refuse_second(const Rpc& rpc, const MessagePtr& message) {
  session_.refusals.refuse(session_.now_asked(rpc), rpc.root, message, ErrorCode::InvalidRequest,
                           "this session was initialized by the client '" + session_.client.name() +
                               "' and keeps this name; start another callgate for another client",
                           "protocol.initialized");
}

void SessionHandshake::initialize(const Rpc& rpc, const MessagePtr& message) {
  if (session_.client.initialized()) return refuse_second(rpc, message);
  const ClientRequest asked = session_.now_asked(rpc);
  const Value version = rpc.params.find("protocolVersion");
  if (!version.is_string())
    return session_.output.fail(asked, ErrorCode::InvalidParams,
                                "initialize needs params.protocolVersion", "protocol.no_version");
  const Value info = rpc.params.find("clientInfo");
  if (const auto refusal = gate_.clients.refusal(session_.number(), session_.client.name_for(info)))
    return session_.output.fail(asked, ErrorCode::Rejected, *refusal, "client.revoked");
  const Revision revision = negotiate(version.text());
  session_.client.initialize(message, revision);
  session_.output.link().message_lasts();
  named(info, text(revision), Era::Legacy);
  // A known revision is returned as the client wrote it, even the pre-release 2024-10-07, which
  // callgate treats as 2024-11-05: some clients close the connection when they get another text.
  const std::string echoed =
      revision_of(version.text()) ? version.text() : std::string(text(revision));
  JsonWriter out;
  out.begin_object().key("protocolVersion").string(echoed);
  out.key("capabilities").raw(gate_capabilities(session_.client.dialect(Era::Legacy)));
  out.key("serverInfo").begin_object().key("name").string("callgate");
  out.key("version").string(gate_.options.version).end_object();
  if (const std::string text = instructions(); !text.empty()) out.key("instructions").string(text);
  session_.output.answer(asked, out.end_object().take());
}

void SessionHandshake::discover(const Rpc& rpc) {
  JsonWriter out;
  out.begin_object().key("resultType").string("complete");
  out.key("supportedVersions").begin_array().string(kModernRevision).end_array();
  out.key("capabilities").raw(gate_capabilities(session_.client.dialect(Era::Modern)));
  if (const std::string text = instructions(); !text.empty()) out.key("instructions").string(text);
  out.key("ttlMs").integer(0).key("cacheScope").string("private");
  out.key("_meta").begin_object().key(kMetaServerInfo).begin_object();
  out.key("name").string("callgate").key("version").string(gate_.options.version);
  out.end_object().end_object().end_object();
  session_.output.answer(session_.now_asked(rpc), out.take());
}

// Returns the instructions of all servers that the session sees, for the client's model, as far as
// they are known.
std::string SessionHandshake::instructions() const {
  std::vector<Instructions> all;
  for (const ServerIndex i : gate_.registry.order(session_.workspace())) {
    if (session_.sees(i))
      all.push_back({gate_.registry[i].name, gate_.server_cache.of(i).instructions,
                     gate_.server_cache.of(i).needs_sign_in});
  }
  return merged_instructions(all);
}

void SessionHandshake::named(Value client_info, std::string_view protocol, Era era) {
  if (session_.client.named()) return;
  session_.client.set_name(client_info);
  protocol_ = protocol;
  host_.named(session_);
  append_opened(protocol, name(era));
}

void SessionHandshake::ensure_recorded() {
  if (!recorded_) append_opened("", "");
}

void SessionHandshake::append_opened(std::string_view protocol, std::string_view era) {
  recorded_ = true;
  const ClientFacts& facts = session_.client.facts();
  gate_.record.append(SessionOpened{.session = session_.number(),
                                    .at = gate_.now.wall,
                                    .client_name = session_.client.name(),
                                    .client_version = session_.client.version(),
                                    .process = facts.process,
                                    .peer = facts.peer,
                                    .token = facts.token,
                                    .profile = facts.profile,
                                    .protocol = std::string(protocol),
                                    .era = std::string(era)});
}

}  // namespace callgate
