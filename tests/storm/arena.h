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

/// Which revisions the two sides speak.
struct Eras {
  bool modern_client = false, modern_server = false;
  std::string version = "2025-06-18";
};
const std::vector<Eras>& all_eras();

/// What went wrong, for a person who runs the same seed again.
struct Fault {
  std::string what, sent, got;
};

class Arena {
 public:
  explicit Arena(const Eras& eras, const std::vector<std::string>& more_tools = {});

  /// The client's or a server's bytes go in; what is asked about paths is answered.
  void client_says(const std::string& bytes);
  void child_says(ChildIndex child, const std::string& bytes);
  /// The oldest message that is not taken yet, and its child; empty if there is none.
  std::string take_from_gate(ChildIndex& child);
  std::string take_from_gate();
  std::string take_for_client() { return link_.take(); }
  /// Answers what servers are asked, with `answer` for calls.
  void serve(ChildIndex child, const std::string& message, const std::string& answer = "");
  void serve_all();
  /// A request of the client's as this client writes it.
  std::string request(const std::string& id, const std::string& method,
                      const std::string& params_inside) const;

  /// Its next call would be asked something first, so it is of no more use.
  bool spent = false;

  callgate::World& world() { return *world_; }
  callgate::FakeRecord& record() { return world_->record; }
  const Eras& eras() const { return eras_; }
  /// The gate may not have let it through: a tool, a resource or a path of the rules.
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

/// Reads the bytes in all ways; a text in `why` if two ways differ or they are not one message.
/// Otherwise returns the message as JSON.
std::optional<reference::Json> read_as_one(const std::string& bytes, std::string& why);

}  // namespace storm
