// The client side of the handshake with a child, in either era.
// Source: MCP 2025-11-25 "Lifecycle"; 2026-07-28 "Versioning", "server/discover".
#include "callgate/base/log.h"
#include "callgate/protocol/modern.h"
#include "callgate/protocol/revisions.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/writer.h"
#include "child.h"
#include "session.h"

namespace callgate {

namespace {

bool names_modern(Value versions) {
  if (!versions.is_array()) return false;
  for (const Value version : versions) {
    if (version.text_is(kModernRevision)) return true;
  }
  return false;
}

// True if a server that speaks only the modern era returns this error to `initialize`.
bool knows_no_initialize(Value error) {
  const std::optional<int64_t> code = error.find("code").integer();
  return code == static_cast<int>(ErrorCode::MethodNotFound) ||
         code == static_cast<int>(ErrorCode::UnsupportedVersion) ||
         names_modern(error.find("data").find("supported"));
}

}  // namespace

void Child::up(int64_t pid) {
  if (state_ != State::Starting) return;
  pid_ = pid;
  era_ = Era::Legacy;
  probed_ = false;
  const std::optional<Era> known_era = core_.server_cache.of(configured_).era;
  const bool modern_first = known_era ? *known_era == Era::Modern : config().era == ServerEra::Auto;
  if (modern_first || config().era == ServerEra::Modern)
    probe();
  else
    handshake();
}

// Requests the revision that the client speaks, so that the child behaves as it would without the
// gate.
void Child::handshake() {
  JsonWriter params;
  params.begin_object().key("protocolVersion").string(text(client_.revision));
  declared_ =
      config().share == Share::One ? core_.common_capabilities(sessions_) : client_.capabilities;
  params.key("capabilities").raw(declared_);
  params.key("clientInfo")
      .begin_object()
      .key("name")
      .string(client_.name.empty() ? "callgate" : "callgate (via " + client_.name + ")");
  params.key("version").string(core_.options.version).end_object().end_object();
  const int64_t id = next_id();
  send(id, {.kind = ChildRequest::Kind::Initialize},
       write_request(id, "initialize", params.take()));
}

void Child::initialized(const Rpc& rpc, const MessagePtr& message) {
  if (rpc.kind == RpcKind::ErrorAnswer) {
    if (!probed_ && knows_no_initialize(rpc.error)) return probe();
    return fail_start("it refused initialize: " + rpc.error.find("message").text());
  }
  const std::string version = rpc.result.find("protocolVersion").text();
  if (!revision_of(version))
    return fail_start("it speaks revision '" + version + "', which callgate does not speak");
  core_.server_cache.speaks(configured_, Era::Legacy);
  greeted(message, rpc.result.find("serverInfo"), version);
  send(write_notification("notifications/initialized", ""));
  level_sent_ = -1;
  refresh_level();
  request_lists();
}

void Child::probe() {
  probed_ = true;
  const int64_t id = next_id();
  send(id, {.kind = ChildRequest::Kind::Discover},
       write_request(id, "server/discover", own_params("")));
}

void Child::discovered(const Rpc& rpc, const MessagePtr& message) {
  if (rpc.kind == RpcKind::ErrorAnswer) {
    if (rpc.error.find("code").integer() == static_cast<int>(ErrorCode::UnsupportedVersion))
      return fail_start("it speaks none of callgate's revisions: " +
                        rpc.error.find("message").text());
    return not_modern("it refused server/discover: " + rpc.error.find("message").text());
  }
  if (!names_modern(rpc.result.find("supportedVersions")))
    return not_modern("server/discover does not name revision 2026-07-28");
  era_ = Era::Modern;
  core_.server_cache.speaks(configured_, Era::Modern);
  greeted(message, rpc.result.find("_meta").find(kMetaServerInfo), kModernRevision);
  request_lists();
}

void Child::not_modern(const std::string& why) {
  if (config().era == ServerEra::Modern) return fail_start(why);
  log::debug("server '{}' seems to speak the legacy era: {}", config().name, why);
  core_.server_cache.speaks(configured_, Era::Legacy);
  handshake();
}

void Child::restart_as_legacy() {
  restarting_ = true;
  ending_ = true;
  core_.child_processes.stop(child_, StopPace::Prompt);
}

void Child::greeted(const MessagePtr& hello, Value info, std::string_view protocol) {
  hello_ = hello;
  const Value said = hello->root().find("result");
  core_.server_cache.greeted(configured_, said.find("capabilities"), info,
                             said.find("instructions"));
  core_.record.append(ServerSeen{.server = config().name,
                                 .at = core_.now.wall,
                                 .pid = pid_,
                                 .name = info.find("name").text(),
                                 .version = info.find("version").text(),
                                 .protocol = std::string(protocol)});
  // This is not a call of enter(), because that would stop start_timeout, which covers the whole
  // start.
  state_ = State::Listing;
}

void Child::request_lists() {
  for (const ListKind kind : kListKinds) {
    const std::string_view wanted = kind == ListKind::Templates ? "resources" : list_member(kind);
    if (capability(wanted))
      start_list(kind);
    else if (kind == ListKind::Tools)
      ask_for_undeclared_tools();
    else
      have_list(kind, {});  // an earlier process may have had such items
  }
  become_ready();
}

// Returns the params of a request that the gate itself makes. `members` are members of the params
// as JSON text, without braces.
std::string Child::own_params(std::string_view members) const {
  if (era_ == Era::Legacy && !probed_)
    return members.empty() ? "" : "{" + std::string(members) + "}";
  JsonWriter info;
  info.begin_object().key("name").string("callgate");
  info.key("version").string(core_.options.version).end_object();
  std::string out = "{\"_meta\":" + meta_object({.client_info = info.take()});
  if (!members.empty()) out += "," + std::string(members);
  return out + "}";
}

}  // namespace callgate
