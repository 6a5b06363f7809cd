// Reads the lines that a child writes, and passes each message to the part that handles it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "callgate/wire/rpc.h"
#include "gate/state/state.h"

namespace callgate {

class Child;
class ChildHost;

class ChildMessages {
 public:
  ChildMessages(GateState& gate, ChildHost& host, Child& child)
      : gate_(gate), host_(host), child_(child) {}

  void line(std::string bytes);
  void line_too_long(std::string_view head);
  /// Sets the child's log level to the lowest level that any session or call wants, if this level
  /// has changed.
  void refresh_log_level();
  /// A new process has greeted us, and has no log level yet.
  void reset_log_level();

  uint64_t noise() const { return noise_; }  ///< see ServerStatus
  const std::string& noise_line() const { return noise_line_; }
  uint64_t dropped() const { return dropped_; }

 private:
  void message(const Rpc& rpc, const MessagePtr& message);
  void answered(const Rpc& rpc, const MessagePtr& message);
  void notification(const Rpc& rpc, const MessagePtr& message);
  void progress(const Rpc& rpc);
  void updated(const Rpc& rpc);
  void drop_notification(const Rpc& rpc);
  void doubtful(const Rpc& rpc, const std::string& why);
  void unusable_answer(std::string_view head, const std::string& why);
  void count_noise(std::string_view why, std::string_view line);

  GateState& gate_;
  ChildHost& host_;
  Child& child_;
  uint64_t noise_ = 0, dropped_ = 0;
  std::string noise_line_;
  int log_level_ = -1;  // the level that was sent; -1: none
};

}  // namespace callgate
