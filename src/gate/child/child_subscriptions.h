// The subscribers of resources, and their subscriptions at the child.
// Source: MCP 2025-11-25 "Resources", section "Subscriptions"; 2026-07-28 "Subscriptions".
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "gate/state/state.h"

namespace callgate {

class Child;

class ChildSubscriptions {
 public:
  ChildSubscriptions(GateState& gate, Child& child) : gate_(gate), child_(child) {}

  size_t size() const { return subscribers_.size(); }
  const std::map<std::string, std::set<Subscriber>>& all() const { return subscribers_; }
  /// Returns the subscribers of each resource, and forgets them.
  std::map<std::string, std::set<Subscriber>> take_all();
  /// Adds or removes a subscriber without a message to the child.
  void set(Subscriber who, const std::string& uri, bool on);
  /// Adds or removes a subscriber, and subscribes or unsubscribes at the child if needed.
  void watch(Subscriber who, const std::string& uri, bool on);
  bool has(Subscriber who, const std::string& uri) const;
  bool has_others(Subscriber who, const std::string& uri) const;
  bool has_any_of(Subscriber who) const;
  void forget(Subscriber who);
  /// The subscribers to which an update of `uri` must be reported.
  std::set<Subscriber> concerned_by(const std::string& uri) const;

  /// A new process is ready. Subscribes again for all subscribers.
  void resume();
  /// The process is gone.
  void process_gone();
  /// The child has ended the stream of changes `id`. With `for_good`, no stream is opened again.
  void stream_ended(int64_t id, bool for_good);
  /// Opens a stream of changes again that the child has ended.
  void deadline_passed();

 private:
  void open_stream();
  std::string filter() const;
  void send(const std::string& uri, bool on);

  GateState& gate_;
  Child& child_;
  std::map<std::string, std::set<Subscriber>> subscribers_;
  int64_t stream_id_ = 0;      // the request of our open stream of changes; 0: none is open
  std::string stream_filter_;  // the filter of this stream
  Nanos stream_since_{}, stream_wait_{};
};

}  // namespace callgate
