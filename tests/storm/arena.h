// A gate in memory between one client and two servers, with rules that deny a few things.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "../unit/gate_world.h"
#include "mutations.h"
#include "reference_peer.h"

namespace storm {

using callgate::ChildIndex;

/// The revisions that the two sides use.
struct Eras {
  bool modern_client = false, modern_server = false;
  std::string version = "2025-06-18";
};
const std::vector<Eras>& all_eras();

/// A fault that was found. The same seed reproduces it.
struct Fault {
  std::string what, sent, got;
};

class Arena {
 public:
  explicit Arena(const Eras& eras, const std::vector<std::string>& more_tools = {});

  /// Passes the client's or a server's bytes to the gate, and resolves the paths that it needs.
  void client_says(const std::string& bytes);
  void child_says(ChildIndex child, const std::string& bytes);
  /// Returns the oldest message that was not taken yet, and its child; empty if there is none.
  std::string take_from_gate(ChildIndex& child);
  std::string take_from_gate();
  std::string take_for_client() { return link_.take(); }
  /// Answers a message to a server; `answer` is the answer to calls.
  void serve(ChildIndex child, const std::string& message, const std::string& answer = "");
  void serve_all();
  /// Returns a request as a client of this era writes it.
  std::string request(const std::string& id, const std::string& method,
                      const std::string& params_inside) const;

  /// The client's next call would cause a question first, so the arena must be replaced.
  bool spent = false;

  callgate::World& world() { return *world_; }
  callgate::FakeRecord& record() { return world_->record; }
  const Eras& eras() const { return eras_; }
  /// Returns which rule forbids the request (by its tool, resource or path), or "" if none does.
  static std::string forbidden(const std::string& method, const reference::Json& params,
                               const std::string& server, const reference::Reading& reading);

 private:
  void answer_paths();
  std::string answer_to(const std::string& method) const;

  Eras eras_;
  std::vector<std::string> more_tools_;
  std::unique_ptr<callgate::World> world_;
  callgate::FakeLink link_;
  callgate::SessionNumber session_ = 0;
};

/// Reads the bytes in all ways and returns the message as JSON. If two ways differ, or the bytes
/// are not one message, returns nothing and sets `why`.
std::optional<reference::Json> read_as_one(const std::string& bytes, std::string& why);

}  // namespace storm
