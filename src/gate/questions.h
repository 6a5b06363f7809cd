// Requests of children to the client: sampling, elicitation, roots. Each goes to one client and its
// answer to the asker.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>

#include "callgate/wire/rpc.h"
#include "core.h"

namespace callgate {

class Questions {
 public:
  explicit Questions(Core& core) : core_(core) {}

  void ask(Server& server, const Rpc& rpc, const MessagePtr& message);
  /// An answer of a client to one of our ids; unknown ones are dropped.
  void answered(Session& session, const Rpc& rpc);
  /// The client sent something that was to be the answer to this id of ours, but can't be read: the
  /// asker learns that.
  void unusable(Session& session, std::string_view id_text, const std::string& why);
  /// The asker took its question back.
  void cancelled_by(Server& server, const Rpc& rpc);
  /// Progress of the client on a question, by the token that we gave it.
  void progress(const Rpc& rpc);
  void server_gone(ServerIndex server);
  void session_gone(SessionNumber session);

 private:
  struct Open {
    ServerIndex server = 0;
    SessionNumber session = 0;
    std::string child_id, child_token;
  };
  Session* whom_to_ask(const Server& server) const;
  std::ptrdiff_t open_of(ServerIndex server) const;
  void refuse(Server& server, Value id, int code, const std::string& why);

  Core& core_;
  int64_t last_id_ = 0;
  std::unordered_map<int64_t, Open> open_;
};

}  // namespace callgate
