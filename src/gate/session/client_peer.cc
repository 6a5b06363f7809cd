#include "client_peer.h"

#include "callgate/base/digest.h"
#include "callgate/guard/guard.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/edits.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

constexpr size_t kLongestRoots = 64 * 1024;  // bytes; a longer list is not remembered
constexpr size_t kMostRoots = 256;
constexpr size_t kLongestName = 256;  // bytes of a client's name or version

// Returns the client's name or version with at most kLongestName bytes. Rules, pauses and findings
// use the name as a key, so a digest keeps two long names different.
std::string bounded(Value name) {
  std::string text = name.text();
  if (text.size() <= kLongestName) return text;
  const std::string digest = hex(sha256(text)).substr(0, 16);
  size_t end = kLongestName - digest.size() - 1;
  // Moves to the beginning of a UTF-8 character, so that the cut splits no character.
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "~" + digest;
}

}  // namespace

std::string ClientPeer::project_root() const {
  return root_uris_.empty() ? facts_.process.cwd : root_uris_.front();
}

std::string ClientPeer::name_for(Value client_info) const {
  return named_ ? name_ : bounded(client_info.find("name"));
}

void ClientPeer::set_name(Value client_info) {
  named_ = true;
  name_ = bounded(client_info.find("name"));
  version_ = bounded(client_info.find("version"));
  memory_key_ = callgate::memory_key(name_, facts_.token, client_program(facts_.process));
}

void ClientPeer::initialize(const MessagePtr& message, Revision revision) {
  message_ = message;
  revision_ = revision;
}

Value ClientPeer::capabilities() const {
  return message_ ? message_->root().find("params").find("capabilities") : Value();
}

void ClientPeer::declare(Value capabilities) {
  declared_ = callgate::child_capabilities(capabilities);
}

std::string ClientPeer::child_capabilities() const {
  return initialized() ? callgate::child_capabilities(capabilities()) : declared_;
}

ModernMeta ClientPeer::meta_for(Era child) const {
  if (child == Era::Legacy) return {};
  JsonWriter info;
  info.begin_object().key("name").string(name_.empty() ? "callgate" : name_);
  info.key("version").string(version_).end_object();
  return {
      .capabilities = child_capabilities(), .client_info = info.take(), .log_level = log_level_};
}

void ClientPeer::remember_roots(Value answer) {
  roots_.clear();
  root_uris_.clear();
  const Value roots = answer ? answer.find("roots") : Value();
  if (!roots.is_array() || answer.raw().size() > kLongestRoots) return;
  for (const Value root : roots) {
    if (root_uris_.size() == kMostRoots) break;
    if (const Value uri = root.find("uri"); uri.is_string()) root_uris_.push_back(uri.text());
  }
  Edits edits;
  if (const Value type = answer.find("resultType")) edits.drop(type);
  roots_ = edits.apply(answer);
}

}  // namespace callgate
