// Passes what sessions ask to the parts of the gate that handle it.
#pragma once

#include "gate/call/core.h"
#include "gate/session/session_host.h"

namespace callgate {

class SessionRouter final : public SessionHost {
 public:
  explicit SessionRouter(Core& core) : core_(core) {}

  void call(Session& session, const Rpc& rpc, const MessagePtr& message, CallKind kind) override;
  void unknown_method(Session& session, const Rpc& rpc, const MessagePtr& message) override;
  void task_request(Session& session, const Rpc& rpc, const MessagePtr& message) override;
  void open_stream(Session& session, const Rpc& rpc, const MessagePtr& message) override;
  void cancelled(Session& session, const std::string& id, const OpenRequest& request,
                 std::string_view reason_json) override;
  void cancelled_too_late(Session& session, const std::string& id) override;
  void refused(Session& session, const RefusedRequest& request, ErrorCode code,
               const std::string& why) override;
  void answered_question(Session& session, const Rpc& rpc, const MessagePtr& message) override;
  void unusable_answer(Session& session, std::string_view id, const std::string& why) override;
  void progress_of_question(Session& session, const Rpc& rpc) override;
  void roots_changed(Session& session, const Rpc& rpc) override;
  void log_level_changed() override;
  void named(Session& session) override;
  void closed(Session& session, const ClientRequests::Table& requests,
              const std::string& reason) override;
  void start_children(Session& session) override { core_.pool.start_children(session); }
  void retry_failed_lists(Session& session) override;
  bool lists_known(Session& session) override { return core_.pool.lists_known(session); }
  bool some_list_known(Session& session) override { return core_.pool.some_list_known(session); }
  size_t list_digest(const Session& session, ListKind kind) override {
    return core_.list_digests.digest(session, kind);
  }

 private:
  Core& core_;
};

}  // namespace callgate
