// Who a session's client is, and what it declared. Legacy peers speak revisions up to 2025-11-25,
// which begin with a handshake; modern peers speak 2026-07-28, which has none.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "callgate/gate/ports.h"
#include "callgate/protocol/modern.h"
#include "callgate/protocol/revisions.h"
#include "callgate/protocol/translate.h"
#include "callgate/wire/message.h"

namespace callgate {

class ClientPeer {
 public:
  explicit ClientPeer(ClientFacts facts) : facts_(std::move(facts)) {}

  const ClientFacts& facts() const { return facts_; }
  const std::string& name() const { return name_; }
  const std::string& version() const { return version_; }
  /// The key under which the guard remembers the client's dead ends; see callgate::memory_key().
  const std::string& memory_key() const { return memory_key_; }
  /// On whose behalf the client acts: its token and profile, as a key.
  std::string principal() const { return facts_.token + '\0' + facts_.profile; }
  /// The folder in which the client works; empty if unknown.
  std::string project_root() const;

  /// True if the client has given its name.
  bool named() const { return named_; }
  /// Returns the name under which the client would be known if it gave this name now. The first
  /// name stays, even if a later one differs.
  std::string name_for(Value client_info) const;
  void set_name(Value client_info);

  /// True if the client has sent `initialize`, as legacy clients do. Only such a client may be sent
  /// requests and notifications that it did not ask for.
  bool initialized() const { return message_ != nullptr; }
  /// `message` is the client's initialize request.
  void initialize(const MessagePtr& message, Revision revision);
  Revision revision() const { return revision_; }
  Dialect dialect(Era era) const { return {.era = era, .revision = revision_}; }
  /// The `capabilities` of the client's initialize request; may be absent.
  Value capabilities() const;
  /// A modern client declares its capabilities with each request, but a legacy child gets them only
  /// once: those of the first request that needed a child.
  void declare(Value capabilities);
  /// The client's capabilities as its children get them. Only sessions with equal capabilities
  /// share a child, unless `share` is "one".
  std::string child_capabilities() const;
  /// Returns the `_meta` members that describe a legacy client in requests to a modern child. Empty
  /// for a legacy child.
  ModernMeta meta_for(Era child) const;

  /// The client's last answer to roots/list, as JSON text; empty if unknown. A modern client gives
  /// this answer with a call and is not asked again.
  const std::string& roots() const { return roots_; }
  /// The URIs in roots().
  const std::vector<std::string>& root_uris() const { return root_uris_; }
  void remember_roots(Value answer);

  /// The log level that the client has set, or -1 if it has set none.
  int log_level() const { return log_level_; }
  void set_log_level(int level) { log_level_ = level; }

 private:
  ClientFacts facts_;
  std::string name_, version_, memory_key_;
  bool named_ = false;
  MessagePtr message_;
  Revision revision_ = kLatestLegacy;
  std::string declared_ = "{}";  // the capabilities of a modern client
  std::string roots_;
  std::vector<std::string> root_uris_;
  int log_level_ = -1;
};

}  // namespace callgate
