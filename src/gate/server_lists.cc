// Fetching a server's lists: every page, bounded, one fetch of a kind at a time.
#include "callgate/base/log.h"
#include "callgate/protocol/text.h"
#include "listing.h"
#include "server.h"

namespace callgate {

namespace {
constexpr int kRounds =
    3;  // a server that says "changed" during every fetch is believed this often
constexpr size_t kLongestList = size_t{64} << 20;  // bytes of all pages together
}  // namespace

void Server::start_list(ListKind kind, bool told) {
  Listing& listing = listings_[static_cast<size_t>(kind)];
  listing.told = listing.told || told;
  if (listing.running) {
    listing.again = true;  // what comes now may be older than the change
    return;
  }
  listing.running = true;
  request_page(kind, "");
}

void Server::request_page(ListKind kind, std::string_view cursor_json) {
  const int64_t id = next_id();
  std::string members;
  if (!cursor_json.empty()) members = "\"cursor\":" + std::string(cursor_json);
  if (!send(id, {.kind = Pending::Kind::List, .list = kind},
            write_request(id, list_method(kind), own_params(members))))
    finish_list(kind, true);
}

void Server::listed(ListKind kind, const Rpc& rpc, const MessagePtr& message) {
  Listing& listing = listings_[static_cast<size_t>(kind)];
  if (rpc.kind == RpcKind::ErrorAnswer) {
    // Servers declare what they then don't have (T62): an empty list, said once.
    log::info("server '{}' answered {} with an error: {}", config().name, list_method(kind),
              rpc.error.find("message").text());
    return finish_list(kind, !listing.pages.empty());
  }
  listing.pages.push_back(message);
  listing.bytes += message->bytes().size();
  const Value cursor = rpc.result.find("nextCursor");
  if (!cursor.is_string()) return finish_list(kind, false);
  const std::string text(cursor.raw());
  const bool repeated = !listing.cursors.insert(text).second;
  if (repeated || listing.pages.size() >= core_.options.limits.pages ||
      listing.bytes > kLongestList) {
    log::warn("server '{}': {} {}; what came so far counts", config().name, list_method(kind),
              repeated ? "repeats a cursor" : "has too many pages (limits.pages)");
    return finish_list(kind, false);
  }
  request_page(kind, text);
}

void Server::finish_list(ListKind kind, bool keep_old) {
  Listing& listing = listings_[static_cast<size_t>(kind)];
  const std::vector<MessagePtr> pages = std::move(listing.pages);
  const bool again = listing.again && listing.rounds < kRounds, told = listing.told;
  const int rounds = listing.rounds;
  listing = {};
  if (again) {
    listing.rounds = rounds + 1;
    start_list(kind, told);
    return;
  }
  std::vector<Value> parts;
  for (const MessagePtr& page : pages) {
    const Value items = page->root().find("result").find(list_member(kind));
    if (items.is_array()) parts.push_back(items);
  }
  if (!keep_old)
    have_list(kind, parts, told);
  else if (told)
    core_.lists_changed(kind, told);
  if (ready()) core_.remembered.keep(configured_);
  become_ready();
}

void Server::have_list(ListKind kind, const std::vector<Value>& parts, bool told) {
  if (retired()) return;
  core_.remembered.listed(configured_, kind, parts);
  const bool changed =
      core_.catalog.set(configured_, kind,
                        entries_of(kind, parts, configured_, config(), core_.options.policy,
                                   bool(capability("tasks")), core_.options.limits.tools));
  // Who has not listed yet is not told of what changes.
  if (changed || told) core_.lists_changed(kind, told);
}

}  // namespace callgate
