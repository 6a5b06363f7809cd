// The client side of the handshake with a child, in either era, and what the child declared in it.
// Source: MCP 2025-11-25 "Lifecycle"; 2026-07-28 "Versioning", "server/discover".
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "callgate/protocol/revisions.h"
#include "callgate/wire/rpc.h"
#include "gate/state/state.h"

namespace callgate {

class Child;
class ChildHost;

/// True if an error answer of a remote server says that a person must sign in first.
bool needs_sign_in(Value error);

/// The client for which the child's handshake is made. It is a copy of the first session that
/// joined, because that session may end before the child has started.
struct ChildsClient {
  Revision revision = kLatestLegacy;
  std::string capabilities = "{}", name;
};

class ChildPeer {
 public:
  ChildPeer(GateState& gate, ChildHost& host, Child& child)
      : gate_(gate), host_(host), child_(child) {}

  void set_client(ChildsClient client) { client_ = std::move(client); }
  /// A process has started. Begins the handshake, in the era that the server is known to speak.
  void greet(int64_t pid);
  /// The child's answers to `initialize` and `server/discover`.
  void initialized(const Rpc& rpc, const MessagePtr& message);
  void discovered(const Rpc& rpc, const MessagePtr& message);
  /// The child does not speak the modern era. The gate speaks the legacy era to it.
  void not_modern(const std::string& why);
  /// The child has not answered the probe for the modern era. Only a new process is certain to
  /// understand `initialize`.
  void probe_timed_out();
  /// Returns true if another process must at once replace the process that is gone, and must get no
  /// probe. Some legacy servers exit when they get the modern probe. `ended_in_start`: the process
  /// ended by itself before it was ready. Happens once until a start succeeds, so that a server
  /// which exits after each of our requests is not started again and again.
  bool must_restart(bool ended_in_start, bool never_ran);
  void restart_as_legacy();
  void process_gone();

  Era era() const { return era_; }
  bool restarting() const { return restarting_; }
  /// A member of the server's capabilities. Absent if the child is not up or does not declare it.
  Value capability(std::string_view key) const;
  /// True if the gate declared in the last handshake that the client has roots.
  bool declared_roots() const { return declared_.find("\"roots\"") != std::string::npos; }
  /// Returns the params of a request that the gate itself makes. `members` are members of the
  /// params as JSON text, without braces.
  std::string own_params(std::string_view members) const;

 private:
  std::string modern_params(std::string_view members) const;
  void handshake();
  void probe();
  void version_refused(Value error);
  void greeted(const MessagePtr& hello, Value info, std::string_view protocol);

  GateState& gate_;
  ChildHost& host_;
  Child& child_;
  ChildsClient client_;
  std::string declared_;  // the client capabilities in the last handshake, as JSON
  MessagePtr hello_;      // the child's answer to initialize or server/discover
  int64_t pid_ = 0;
  Era era_ = Era::Legacy;
  bool probed_ = false, restarting_ = false;
  bool asked_again_ = false;  ///< in this start, because the server refused the revision
  bool restarted_ = false;    ///< since the last start that succeeded
};

}  // namespace callgate
