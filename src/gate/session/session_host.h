// What a session asks of the other parts of the gate. The session knows no child and no call; the
// gate's router, which implements this interface, does.
#pragma once

#include <string>
#include <string_view>

#include "callgate/protocol/text.h"
#include "callgate/wire/rpc.h"
#include "client_requests.h"
#include "gate/state/state.h"
#include "refused_request.h"

namespace callgate {

class Session;

class SessionHost {
 public:
  virtual ~SessionHost() = default;

  // Requests.
  virtual void call(Session& session, const Rpc& rpc, const MessagePtr& message, CallKind kind) = 0;
  /// A request for a method that this client may not use.
  virtual void unknown_method(Session& session, const Rpc& rpc, const MessagePtr& message) = 0;
  virtual void task_request(Session& session, const Rpc& rpc, const MessagePtr& message) = 0;
  virtual void open_stream(Session& session, const Rpc& rpc, const MessagePtr& message) = 0;
  /// The client has cancelled the request, or no longer reads its exchange.
  virtual void cancelled(Session& session, const std::string& id, const OpenRequest& request,
                         std::string_view reason_json) = 0;
  /// The client has cancelled a request that is not open, perhaps because the answer crossed the
  /// cancellation on its way.
  virtual void cancelled_too_late(Session& session, const std::string& id) = 0;
  /// Records a refused request.
  virtual void refused(Session& session, const RefusedRequest& request, ErrorCode code,
                       const std::string& why) = 0;

  // Other messages.
  virtual void answered_question(Session& session, const Rpc& rpc, const MessagePtr& message) = 0;
  /// The client's answer to the question with our id `id` can't be read.
  virtual void unusable_answer(Session& session, std::string_view id, const std::string& why) = 0;
  virtual void progress_of_question(Session& session, const Rpc& rpc) = 0;
  virtual void roots_changed(Session& session, const Rpc& rpc) = 0;
  virtual void log_level_changed() = 0;

  // The session.
  /// The name of the client has become known.
  virtual void named(Session& session) = 0;
  /// The link is gone. `requests` were open.
  virtual void closed(Session& session, const ClientRequests::Table& requests,
                      const std::string& reason) = 0;

  // Lists.
  virtual void start_children(Session& session) = 0;
  virtual void retry_failed_lists(Session& session) = 0;
  /// True if there is no list to wait for: for each server, the lists are known (perhaps from an
  /// earlier run), or its child is settled without them, or it was missing in an earlier run and
  /// the lists of another server are known.
  virtual bool lists_known(Session& session) = 0;
  /// True if the lists of at least one server are known.
  virtual bool some_list_known(Session& session) = 0;
  /// A digest of the list as sessions with this session's profile see it.
  virtual size_t list_digest(const Session& session, ListKind kind) = 0;
};

}  // namespace callgate
