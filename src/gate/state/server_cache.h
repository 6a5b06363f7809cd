// Remembers what servers declared in this run or an earlier one. That is enough to answer list
// requests and `initialize` before any child is up, and to start each child in the right era.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/gate/options.h"
#include "callgate/protocol/text.h"
#include "callgate/wire/message.h"
#include "catalog.h"
#include "server_registry.h"

namespace callgate {

struct KnownServer {
  bool listed = false;     // all lists of the server are known
  bool missing = false;    // a remote server; its last start brought no lists, nor any earlier one
  bool asks = false;       // the server has asked a client a question
  bool tasks = false;      // its capabilities include tasks
  std::optional<Era> era;  // the era that the server speaks, if known
  std::string instructions;    // as cut_instructions() returned them
  bool needs_sign_in = false;  // in this run, a remote server waits until a person signs in
  std::string capabilities = "{}", info = "{}";  // JSON texts
  std::array<std::string, 4> lists;              // JSON arrays of the items as the server sent them
};

class ServerCache {
 public:
  static constexpr size_t kLongest = size_t{16} << 20;  // bytes that are saved for one server

  ServerCache(ListStore& store, const GateOptions& options, const ServerRegistry& registry);

  /// Loads what earlier runs saved, except the lists, which are longer. Does so only once. The
  /// answer to `initialize` needs these data, and must not wait for the lists.
  void recall();
  /// Loads the lists of tools, prompts and resources that earlier runs stored. Only the first call
  /// has an effect. The current configuration decides which items clients see.
  void recall_lists(Catalog& catalog) {
    if (lists_wait_) take_lists(catalog);
  }
  /// The configuration has a new server, which got this number. Loads what earlier runs saved for
  /// this server.
  void adopt(ServerIndex server);
  /// Puts all lists into the catalog again, under the current rules and names.
  void show(Catalog& catalog);
  const KnownServer& of(ServerIndex server) const { return known_[server].is; }

  // These functions store what a server declares in this run. The next keep() saves it.
  void asks(ServerIndex server);
  void speaks(ServerIndex server, Era era);
  void waits_for_sign_in(ServerIndex server);
  void greeted(ServerIndex server, Value capabilities, Value info, Value instructions);
  /// `parts` are the arrays of items of all pages, in order.
  void listed(ServerIndex server, ListKind kind, const std::vector<Value>& parts);
  /// The start of a remote server has failed, or it needs a sign-in. If no lists of it are known,
  /// saves that it is missing, so that the next gate does not wait for it.
  void start_failed(ServerIndex server);
  /// All lists of the server have been fetched. Saves what is known of the server, if it has
  /// changed.
  void keep(ServerIndex server);

 private:
  struct Known {
    KnownServer is;
    bool changed = false, said_too_long = false;
    std::string stored_lists;  // loaded, but not parsed yet
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
  const ServerRegistry& registry_;
  std::vector<Known> known_;
  bool recalled_ = false, lists_wait_ = false;
};

struct Instructions {
  std::string_view server, text;
  bool needs_sign_in = false;
};
/// Merges the instructions of many servers into one text of at most 64 KiB, with a heading for each
/// server. Empty if no server has instructions.
std::string merged_instructions(const std::vector<Instructions>& all);
/// Returns at most 16 KiB of one server's instructions, with a note if they were cut.
std::string cut_instructions(std::string text);

}  // namespace callgate
