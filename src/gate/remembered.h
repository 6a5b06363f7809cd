// What servers said of themselves, in this run or an earlier one: enough to answer lists and
// `initialize` before any child is up, and to start each child the right way.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/gate/gate.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/message.h"
#include "catalog.h"
#include "roster.h"

namespace callgate {

struct KnownServer {
  bool listed = false;                           // all its lists are known
  bool asks = false;                             // it has put a question to a client
  bool tasks = false;                            // its capabilities have tasks
  std::optional<Era> era;                        // what it turned out to speak
  std::string instructions;                      // cut already
  std::string capabilities = "{}", info = "{}";  // JSON texts
  std::array<std::string, 4> lists;              // JSON arrays of the items as the server gave them
};

class Remembered {
 public:
  static constexpr size_t kLongest = size_t{16} << 20;  // bytes kept of one server

  Remembered(ListStore& store, const GateOptions& options, const Roster& roster);

  /// Takes over what earlier runs have kept, once: what `initialize` needs, which is to be answered
  /// without delay.
  void recall();
  /// And their lists, once. The configuration of today says what is shown of them.
  void recall_lists(Catalog& catalog) {
    if (lists_wait_) take_lists(catalog);
  }
  /// That number is of a server that is new: what is kept of it is taken over.
  void adopt(ServerIndex server);
  /// All lists as the rules and names of today show them; seen by clients with merge_all().
  void show(Catalog& catalog);
  const KnownServer& of(ServerIndex server) const { return known_[server].is; }

  // What is learnt; kept with the next keep().
  void asks(ServerIndex server);
  void speaks(ServerIndex server, Era era);
  void greeted(ServerIndex server, Value capabilities, Value info, Value instructions);
  /// `parts` are the arrays of items of all pages, in order.
  void listed(ServerIndex server, ListKind kind, const std::vector<Value>& parts);
  /// All lists have been asked for. Kept, if anything is new.
  void keep(ServerIndex server);

 private:
  struct Known {
    KnownServer is;
    bool changed = false, said_too_long = false;
    std::string stored_lists;  // not looked at yet
  };
  void take_head(ServerIndex server);
  void take_lists(Catalog& catalog);
  bool take_lists(ServerIndex server, Catalog& catalog);
  MessagePtr read(ServerIndex server, std::string text) const;
  std::string text_of(ServerIndex server, bool with_lists) const;
  std::string lists_text(ServerIndex server) const;
  template <class T>
  void learn(ServerIndex server, T KnownServer::*member, T value);

  ListStore& store_;
  const GateOptions& options_;
  const Roster& roster_;
  std::vector<Known> known_;
  bool recalled_ = false, lists_wait_ = false;
};

/// One text of many servers' instructions, a heading for each: at most 64 KiB. Empty: none has any.
struct Instructions {
  std::string_view server, text;
};
std::string merged_instructions(const std::vector<Instructions>& all);
/// At most 16 KiB of one server's, with a note where it was cut.
std::string cut_instructions(std::string text);

}  // namespace callgate
