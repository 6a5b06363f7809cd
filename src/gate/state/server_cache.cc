#include "server_cache.h"

#include <algorithm>

#include "callgate/base/log.h"
#include "callgate/wire/writer.h"
#include "listing.h"

namespace callgate {

namespace {

constexpr std::string_view kMark = "callgate_lists";
constexpr int64_t kFormat = 1;

size_t at(ListKind kind) { return static_cast<size_t>(kind); }

std::optional<Era> era_of(Value word) {
  for (const Era era : {Era::Legacy, Era::Modern}) {
    if (word.text_is(name(era))) return era;
  }
  return std::nullopt;
}

std::string object_text(Value value) { return std::string(value.is_object() ? value.raw() : "{}"); }

}  // namespace

ServerCache::ServerCache(ListStore& store, const GateOptions& options,
                         const ServerRegistry& registry)
    : store_(store), options_(options), registry_(registry), known_(registry.served().size()) {}

void ServerCache::recall() {
  if (std::exchange(recalled_, true)) return;
  for (ServerIndex i = 0; i < known_.size(); ++i) take_head(i);
}

void ServerCache::adopt(ServerIndex server) {
  if (server >= known_.size()) known_.resize(server + 1);
  known_[server] = {};
  take_head(server);
}

void ServerCache::show(Catalog& catalog) {
  for (const ServerIndex i : registry_.served()) {
    const auto& lists = known_[i].is.lists;
    if (std::all_of(lists.begin(), lists.end(), [](const auto& list) { return list.empty(); }))
      continue;
    known_[i].stored_lists = lists_text(i);
    take_lists(i, catalog);
  }
  catalog.merge_all();
}

MessagePtr ServerCache::read(ServerIndex server, std::string text) const {
  // The text holds four lists. Each list was within the limits of a message, but all together may
  // be larger.
  Walker walker({.bytes = kLongest,
                 .depth = options_.limits.depth,
                 .nodes = 4 * options_.limits.nodes,
                 .text = TextOf::Peer});
  Result<MessagePtr> message = walker.walk(std::move(text));
  if (message && (*message)->root().is_object()) return std::move(*message);
  log::warn(
      "the stored data about server '{}' is not as callgate wrote it, so callgate ignores the data",
      registry_[server].name);
  return nullptr;
}

void ServerCache::take_head(ServerIndex server) {
  std::string text = store_.load(server, registry_[server]);
  if (text.empty()) return;
  const size_t end = std::min(text.find('\n'), text.size());
  const MessagePtr message = read(server, text.substr(0, end));
  const Value head = message ? message->root() : Value();
  if (!head || head.find(kMark).integer() != kFormat ||
      !head.find("server").text_is(registry_[server].name))
    return;
  KnownServer& known = known_[server].is;
  known.era = era_of(head.find("era"));
  known.asks = head.find("asks").boolean().value_or(false);
  known.capabilities = object_text(head.find("capabilities"));
  known.info = object_text(head.find("serverInfo"));
  known.instructions = cut_instructions(head.find("instructions").text());
  known.tasks = bool(head.find("capabilities").find("tasks"));
  known.missing = head.find("missing").boolean().value_or(false);
  known_[server].stored_lists = text.erase(0, std::min(end + 1, text.size()));
  lists_wait_ = true;
}

void ServerCache::take_lists(Catalog& catalog) {
  lists_wait_ = false;
  for (ServerIndex i = 0; i < known_.size(); ++i) {
    if (registry_.serves(i) && !known_[i].stored_lists.empty())
      known_[i].is.listed = take_lists(i, catalog);
  }
  catalog.merge_all();
}

bool ServerCache::take_lists(ServerIndex server, Catalog& catalog) {
  KnownServer& known = known_[server].is;
  const MessagePtr message = read(server, std::exchange(known_[server].stored_lists, {}));
  if (!message) return false;
  for (const ListKind kind : kListKinds) {
    if (!message->root().find(list_member(kind)).is_array()) return false;
  }
  for (const ListKind kind : kListKinds) {
    const Value list = message->root().find(list_member(kind));
    known.lists[at(kind)] = list.raw();
    catalog.put(server, kind,
                entries_of(kind, {list}, server, registry_, options_.policy, known.tasks,
                           options_.limits.tools));
  }
  return true;
}

template <class T>
void ServerCache::learn(ServerIndex server, T KnownServer::*member, T value) {
  Known& known = known_[server];
  if (known.is.*member == value) return;
  known.is.*member = std::move(value);
  known.changed = true;
}

void ServerCache::asks(ServerIndex server) {
  learn(server, &KnownServer::asks, true);
  if (known_[server].is.listed) keep(server);
}

void ServerCache::speaks(ServerIndex server, Era era) {
  learn(server, &KnownServer::era, std::optional<Era>(era));
}

void ServerCache::waits_for_sign_in(ServerIndex server) { known_[server].is.needs_sign_in = true; }

void ServerCache::greeted(ServerIndex server, Value capabilities, Value info, Value instructions) {
  known_[server].is.needs_sign_in = false;
  learn(server, &KnownServer::capabilities, object_text(capabilities));
  learn(server, &KnownServer::info, object_text(info));
  known_[server].is.tasks = bool(capabilities.find("tasks"));
  learn(server, &KnownServer::instructions, cut_instructions(instructions.text()));
}

void ServerCache::listed(ServerIndex server, ListKind kind, const std::vector<Value>& parts) {
  std::string items = "[";
  for (const Value part : parts) {
    for (const Value item : part) {
      if (items.size() > 1) items += ',';
      items += item.raw();
    }
  }
  items += ']';
  Known& known = known_[server];
  if (known.is.lists[at(kind)] == items) return;
  known.is.lists[at(kind)] = std::move(items);
  known.changed = true;
}

void ServerCache::start_failed(ServerIndex server) {
  Known& known = known_[server];
  if (known.is.listed || !registry_[server].remote || std::exchange(known.is.missing, true)) return;
  store_.save(server, registry_[server], text_of(server, false));
}

void ServerCache::keep(ServerIndex server) {
  Known& known = known_[server];
  known.is.listed = true;
  learn(server, &KnownServer::missing, false);
  if (!std::exchange(known.changed, false)) return;
  size_t bytes = 0;
  for (const std::string& list : known.is.lists) bytes += list.size();
  // 128 KiB are enough for the other members: the instructions, with escapes, are at most 96 KiB.
  const size_t rest = known.is.capabilities.size() + known.is.info.size() + (size_t{128} << 10);
  const bool fits = bytes + rest <= kLongest;
  if (!fits && !std::exchange(known.said_too_long, true))
    log::info("the lists of server '{}' are too long to be saved for the next start",
              registry_[server].name);
  if (rest <= kLongest) store_.save(server, registry_[server], text_of(server, fits));
}

std::string ServerCache::text_of(ServerIndex server, bool with_lists) const {
  const KnownServer& known = known_[server].is;
  JsonWriter out;
  out.begin_object().key(kMark).integer(kFormat);
  out.key("server").string(registry_[server].name);
  if (known.era) out.key("era").string(name(*known.era));
  out.key("asks").boolean(known.asks);
  if (known.missing) out.key("missing").boolean(true);
  out.key("capabilities").raw(known.capabilities).key("serverInfo").raw(known.info);
  out.key("instructions").string(known.instructions).end_object();
  // The lists have their own line, so that they need not be parsed before they are used.
  return out.take() + "\n" + (with_lists ? lists_text(server) : "{}");
}

std::string ServerCache::lists_text(ServerIndex server) const {
  JsonWriter lists;
  lists.begin_object();
  for (const ListKind kind : kListKinds) {
    const std::string& list = known_[server].is.lists[at(kind)];
    lists.key(list_member(kind)).raw(list.empty() ? "[]" : list);
  }
  return lists.end_object().take();
}

}  // namespace callgate
