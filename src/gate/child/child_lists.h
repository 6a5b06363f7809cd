// Fetches a child's lists: all pages up to a limit, and one fetch per kind at a time.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "callgate/wire/rpc.h"
#include "gate/state/state.h"

namespace callgate {

class Child;
class ChildHost;

class ChildLists {
 public:
  ChildLists(GateState& gate, ChildHost& host, Child& child)
      : gate_(gate), host_(host), child_(child) {}

  /// The handshake is over. Fetches all lists that the child has.
  void fetch_all();
  /// Fetches the list, or fetches it once more after the running fetch.
  void fetch(ListKind kind);
  /// The child's answer to the request for a page.
  void answered(ListKind kind, const Rpc& rpc, const MessagePtr& message);
  void failed(ListKind kind, const std::string& why);
  /// The wait after a failed fetch is over. Fetches the list again.
  void deadline_passed(ListKind kind);
  /// A client asks for a list. Fetches the lists that failed again, each at most once a second.
  void retry_failed();
  /// True if a list is being fetched for which the child's start must wait.
  bool must_wait() const;
  /// True if the server does not declare the list, and might never answer.
  bool is_undeclared(ListKind kind) const { return fetches_[at(kind)].undeclared; }
  /// The request for an undeclared list has had enough time. The start continues without the list.
  /// If the server answers later, the list is used after all.
  void stop_waiting(ListKind kind) { fetches_[at(kind)].late = true; }
  /// Saves the lists, unless one of them has never arrived, because that list would be saved as
  /// empty.
  void save();
  /// The process ends.
  void reset();
  /// Why some lists are missing or old; empty if all lists are current.
  std::string why() const;

 private:
  /// One list while it is being fetched.
  struct Fetch {
    bool running = false, again = false, failed = false;
    bool undeclared = false;  // the server does not declare the list, and might never answer
    bool late = false;        // the child's start no longer waits for this list
    int rounds = 0;           // how often it was fetched again, because it changed during the fetch
    std::vector<MessagePtr> pages;
    std::unordered_set<std::string> cursors;
    size_t bytes = 0;
  };
  /// Why the last fetch of a list failed. The list that was known before stays in use.
  struct Failure {
    std::string why;  // empty if the last fetch did not fail
    int count = 0;    // failures in a row
    Nanos at{}, due{};
  };
  static size_t at(ListKind kind) { return static_cast<size_t>(kind); }
  void request_page(ListKind kind, std::string_view cursor_json);
  void finish(ListKind kind);
  void use(ListKind kind, const std::vector<Value>& parts);
  void forget_failure(ListKind kind);

  GateState& gate_;
  ChildHost& host_;
  Child& child_;
  std::array<Fetch, 4> fetches_;
  std::array<Failure, 4> failures_;
};

}  // namespace callgate
