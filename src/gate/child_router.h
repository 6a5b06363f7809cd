// Passes what children report to the parts of the gate that handle it.
#pragma once

#include "gate/call/core.h"
#include "gate/child/child_host.h"
#include "list_news.h"

namespace callgate {

class ChildRouter final : public ChildHost {
 public:
  explicit ChildRouter(Core& core) : core_(core), list_news_(core) {}

  ListNews& list_news() { return list_news_; }

  void answered(Child& child, const ChildRequest& request, const Rpc& rpc,
                const MessagePtr& message) override;
  void lost(const ChildRequest& request, const std::string& why) override;
  void timed_out(const ChildRequest& request, const std::string& why) override;
  void answered_late(const ChildRequest& request, const Rpc& rpc,
                     const MessagePtr& message) override;
  void asked(Child& child, const Rpc& rpc, const MessagePtr& message) override;
  void cancelled_question(Child& child, const Rpc& rpc) override;
  bool progressed(CallNumber call, const Rpc& rpc, Value token) override;
  void logged(Child& child, const Rpc& rpc) override;
  void updated(Subscriber who, const Rpc& rpc) override;
  void changed_task(Child& child, const Rpc& rpc, const MessagePtr& message) override;
  void completed_elicitation(SessionNumber session, const Rpc& rpc) override;
  void list_changed(ListKind kind) override { list_news_.changed(kind); }
  void restarted(const Child& child) override;
  void settled() override;
  void gone(Child& child) override;
  Requester requester_of(const ChildRequest& request) const override;
  bool has_tasks(SessionNumber session, ChildIndex child) const override;
  std::string common_capabilities(const std::set<SessionNumber>& sessions) override;
  int log_level_for(const std::set<SessionNumber>& sessions) const override;

 private:
  Core& core_;
  ListNews list_news_;
};

}  // namespace callgate
