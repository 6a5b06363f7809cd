// Refuses requests because of their form or their sender, and records the refusals.
#pragma once

#include <string>
#include <string_view>

#include "callgate/protocol/text.h"
#include "callgate/wire/rpc.h"
#include "gate/state/client_request.h"
#include "gate/state/refusal_rows.h"
#include "gate/state/state.h"

namespace callgate {

class Session;
class SessionHost;

class SessionRefusals {
 public:
  SessionRefusals(SessionHost& host, Session& session) : host_(host), session_(session) {}

  /// Answers a request with an error and records the refusal. `root` is the request; it is part of
  /// `message`.
  void refuse(const ClientRequest& to, Value root, const MessagePtr& message, ErrorCode code,
              const std::string& why, std::string_view code_word);
  /// Answers a valid request that cannot be served now with an error. If the request asks a server
  /// for something, the request gets a row that names `rule`.
  void turn_away(const Rpc& rpc, const MessagePtr& message, ErrorCode code, const std::string& why,
                 std::string_view code_word, std::string_view rule);
  /// Records a refused request, or the requests of a refused batch. If the client has given its
  /// name and `root` is not a batch, the request always gets a row. Otherwise a request gets a row
  /// only if it may ask a server for something; see asks_a_server().
  void record(Value root, const MessagePtr& message, ErrorCode code, const std::string& why);
  /// Records a refused request of which only `name` is known.
  void record(const std::string& name, ErrorCode code, const std::string& why);
  /// Limits the rows of the session's refused calls.
  RefusalRows& rows() { return rows_; }

 private:
  void record_one(Value root, const MessagePtr& message, ErrorCode code, const std::string& why,
                  std::string_view rule = {});

  SessionHost& host_;
  Session& session_;
  RefusalRows rows_;
};

}  // namespace callgate
