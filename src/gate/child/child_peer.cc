#include "child_peer.h"

#include <utility>

#include "callgate/base/log.h"
#include "callgate/protocol/modern.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/web.h"
#include "callgate/wire/writer.h"
#include "child.h"
#include "child_host.h"

namespace callgate {

namespace {

bool names_modern(Value versions) {
  if (!versions.is_array()) return false;
  for (const Value version : versions) {
    if (version.text_is(kModernRevision)) return true;
  }
  return false;
}

bool names_legacy(Value versions) {
  if (!versions.is_array()) return false;
  for (const Value version : versions) {
    if (revision_of(version.text())) return true;
  }
  return false;
}

// True if a remote server could not be asked, so that its answer says nothing about the eras that
// it speaks.
bool not_reached(Value error) {
  return error.find("code").integer() == static_cast<int>(RemoteErrorCode::Unavailable);
}

// True if a server that speaks only the modern era returns this error to `initialize`.
bool knows_no_initialize(Value error) {
  const std::optional<int64_t> code = error.find("code").integer();
  return code == static_cast<int>(ErrorCode::MethodNotFound) ||
         code == static_cast<int>(ErrorCode::UnsupportedVersion) ||
         names_modern(error.find("data").find("supported"));
}

}  // namespace

bool needs_sign_in(Value error) {
  return error.find("code").integer() == static_cast<int>(RemoteErrorCode::SignInRequired);
}

Value ChildPeer::capability(std::string_view key) const {
  return hello_ ? hello_->root().find("result").find("capabilities").find(key) : Value();
}

void ChildPeer::greet(int64_t pid) {
  pid_ = pid;
  era_ = Era::Legacy;
  probed_ = asked_again_ = false;
  const std::optional<Era> known = gate_.server_cache.of(child_.configured()).era;
  const ServerEra configured = child_.config().era;
  const bool modern_first = known ? *known == Era::Modern : configured == ServerEra::Auto;
  if (modern_first || configured == ServerEra::Modern)
    probe();
  else
    handshake();
}

// Requests the revision that the client speaks, so that the child behaves as it would without the
// gate.
void ChildPeer::handshake() {
  JsonWriter params;
  params.begin_object().key("protocolVersion").string(text(client_.revision));
  declared_ = child_.config().share == Share::One
                  ? host_.common_capabilities(child_.users.sessions())
                  : client_.capabilities;
  params.key("capabilities").raw(declared_);
  params.key("clientInfo")
      .begin_object()
      .key("name")
      .string(client_.name.empty() ? "callgate" : "callgate (via " + client_.name + ")");
  params.key("version").string(gate_.options.version).end_object().end_object();
  child_.request({.kind = ChildRequest::Kind::Initialize}, "initialize", params.take());
}

void ChildPeer::initialized(const Rpc& rpc, const MessagePtr& message) {
  if (rpc.kind == RpcKind::ErrorAnswer) {
    const std::string why = rpc.error.find("message").text();
    if (needs_sign_in(rpc.error)) return child_.life.wait_for_sign_in(why);
    if (not_reached(rpc.error)) return child_.life.fail_start(why);
    if (!probed_ && knows_no_initialize(rpc.error)) return probe();
    return child_.life.fail_start("it refused initialize: " + why);
  }
  const std::string version = rpc.result.find("protocolVersion").text();
  if (!revision_of(version))
    return child_.life.fail_start("it speaks revision '" + version +
                                  "', which callgate does not speak");
  gate_.server_cache.speaks(child_.configured(), Era::Legacy);
  greeted(message, rpc.result.find("serverInfo"), version);
  child_.send(write_notification("notifications/initialized", ""));
  child_.messages.reset_log_level();
  child_.life.fetch_lists();
}

void ChildPeer::probe() {
  probed_ = true;
  child_.request({.kind = ChildRequest::Kind::Discover}, "server/discover", modern_params(""));
}

void ChildPeer::discovered(const Rpc& rpc, const MessagePtr& message) {
  if (rpc.kind == RpcKind::ErrorAnswer) {
    const std::string why = rpc.error.find("message").text();
    if (needs_sign_in(rpc.error)) return child_.life.wait_for_sign_in(why);
    if (not_reached(rpc.error)) return child_.life.fail_start(why);
    if (rpc.error.find("code").integer() == static_cast<int>(ErrorCode::UnsupportedVersion))
      return version_refused(rpc.error);
    return not_modern("it refused server/discover: " + why);
  }
  if (!names_modern(rpc.result.find("supportedVersions")))
    return not_modern("server/discover does not name revision 2026-07-28");
  era_ = Era::Modern;
  gate_.server_cache.speaks(child_.configured(), Era::Modern);
  greeted(message, rpc.result.find("_meta").find(kMetaServerInfo), kModernRevision);
  child_.life.fetch_lists();
}

// A server that refuses a revision names those that it accepts. It may even name the one that it
// refused, for example if only some of the machines behind its address have been updated.
void ChildPeer::version_refused(Value error) {
  const Value supported = error.find("data").find("supported");
  if (names_modern(supported) && !std::exchange(asked_again_, true)) return probe();
  if (names_legacy(supported)) return not_modern("it names only revisions with a handshake");
  child_.life.fail_start("it speaks no revision of MCP that callgate knows: " +
                         error.find("message").text());
}

void ChildPeer::not_modern(const std::string& why) {
  if (child_.config().era == ServerEra::Modern) return child_.life.fail_start(why);
  log::debug("server '{}' seems to speak the legacy era: {}", child_.config().name, why);
  gate_.server_cache.speaks(child_.configured(), Era::Legacy);
  handshake();
}

void ChildPeer::probe_timed_out() {
  if (child_.config().era == ServerEra::Modern)
    return child_.life.fail_start("it did not answer server/discover");
  restarting_ = true;
  child_.life.end_process();
}

bool ChildPeer::must_restart(bool ended_in_start, bool never_ran) {
  const bool probe_killed = ended_in_start && probed_ && era_ == Era::Legacy && !restarting_ &&
                            !restarted_ && child_.config().era != ServerEra::Modern && !never_ran;
  return restarting_ || probe_killed;
}

void ChildPeer::restart_as_legacy() {
  restarting_ = false;
  restarted_ = true;
  gate_.server_cache.speaks(child_.configured(), Era::Legacy);
}

void ChildPeer::process_gone() {
  hello_ = nullptr;
  pid_ = 0;
}

void ChildPeer::greeted(const MessagePtr& hello, Value info, std::string_view protocol) {
  hello_ = hello;
  restarted_ = false;
  const Value result = hello->root().find("result");
  gate_.server_cache.greeted(child_.configured(), result.find("capabilities"), info,
                             result.find("instructions"));
  gate_.record.append(ServerSeen{.server = child_.config().name,
                                 .at = gate_.now.wall,
                                 .pid = pid_,
                                 .name = info.find("name").text(),
                                 .version = info.find("version").text(),
                                 .protocol = std::string(protocol)});
}

std::string ChildPeer::own_params(std::string_view members) const {
  if (era_ == Era::Modern) return modern_params(members);
  return members.empty() ? "" : "{" + std::string(members) + "}";
}

std::string ChildPeer::modern_params(std::string_view members) const {
  JsonWriter info;
  info.begin_object().key("name").string("callgate");
  info.key("version").string(gate_.options.version).end_object();
  std::string out = "{\"_meta\":" + meta_object({.client_info = info.take()});
  if (!members.empty()) out += "," + std::string(members);
  return out + "}";
}

}  // namespace callgate
