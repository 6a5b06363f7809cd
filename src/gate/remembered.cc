#include "remembered.h"

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

KnownServer read(Value root) {
  KnownServer known;
  known.era = era_of(root.find("era"));
  known.asks = root.find("asks").boolean().value_or(false);
  known.capabilities = object_text(root.find("capabilities"));
  known.info = object_text(root.find("serverInfo"));
  known.instructions = cut_instructions(root.find("instructions").text());
  known.listed = true;
  for (const ListKind kind : kListKinds) {
    const Value list = root.find(list_member(kind));
    known.listed = known.listed && list.is_array();
    if (list.is_array()) known.lists[at(kind)] = list.raw();
  }
  return known;
}

}  // namespace

Remembered::Remembered(ListStore& store, const GateOptions& options)
    : store_(store), options_(options), known_(options.servers.size()) {}

void Remembered::recall(Catalog& catalog) {
  if (std::exchange(recalled_, true)) return;
  for (ServerIndex i = 0; i < known_.size(); ++i) recall(i, catalog);
  catalog.merge_all();
}

void Remembered::recall(ServerIndex server, Catalog& catalog) {
  std::string text = store_.load(server);
  if (text.empty()) return;
  const ServerConfig& config = options_.servers[server];
  const size_t depth = options_.limits.depth;
  // Several lists, each of which was within the limits of a message.
  Walker walker({.bytes = kLongest, .depth = depth, .nodes = 4 * options_.limits.nodes});
  const Result<MessagePtr> message = walker.walk(std::move(text));
  const Value root = message ? (*message)->root() : Value();
  if (!root.is_object() || root.find(kMark).integer() != kFormat ||
      !root.find("server").text_is(config.name)) {
    log::warn("the stored lists of server '{}' are not what callgate wrote; ignoring them",
              config.name);
    return;
  }
  KnownServer& known = known_[server].is;
  known = read(root);
  if (!known.listed) return;
  const bool tasks = bool(root.find("capabilities").find("tasks"));
  for (const ListKind kind : kListKinds)
    catalog.put(server, kind,
                entries_of(kind, {root.find(list_member(kind))}, server, config, options_.policy,
                           tasks, options_.limits.tools));
}

template <class T>
void Remembered::learn(ServerIndex server, T KnownServer::*member, T value) {
  Known& known = known_[server];
  if (known.is.*member == value) return;
  known.is.*member = std::move(value);
  known.changed = true;
}

void Remembered::asks(ServerIndex server) {
  learn(server, &KnownServer::asks, true);
  if (known_[server].is.listed) keep(server);
}

void Remembered::speaks(ServerIndex server, Era era) {
  learn(server, &KnownServer::era, std::optional<Era>(era));
}

void Remembered::greeted(ServerIndex server, Value capabilities, Value info, Value instructions) {
  learn(server, &KnownServer::capabilities, object_text(capabilities));
  learn(server, &KnownServer::info, object_text(info));
  learn(server, &KnownServer::instructions, cut_instructions(instructions.text()));
}

void Remembered::listed(ServerIndex server, ListKind kind, const std::vector<Value>& parts) {
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

void Remembered::keep(ServerIndex server) {
  Known& known = known_[server];
  known.is.listed = true;
  if (!std::exchange(known.changed, false)) return;
  size_t bytes = 0;
  for (const std::string& list : known.is.lists) bytes += list.size();
  const size_t rest = known.is.capabilities.size() + known.is.info.size() + (size_t{128} << 10);
  const bool fits = bytes + rest <= kLongest;
  if (!fits && !std::exchange(known.said_too_long, true))
    log::info("the lists of server '{}' are too long to be kept for the next start",
              options_.servers[server].name);
  if (rest <= kLongest) store_.save(server, text_of(server, fits));
}

std::string Remembered::text_of(ServerIndex server, bool with_lists) const {
  const KnownServer& known = known_[server].is;
  JsonWriter out;
  out.begin_object().key(kMark).integer(kFormat);
  out.key("server").string(options_.servers[server].name);
  if (known.era) out.key("era").string(name(*known.era));
  out.key("asks").boolean(known.asks);
  out.key("capabilities").raw(known.capabilities).key("serverInfo").raw(known.info);
  out.key("instructions").string(known.instructions);
  for (const ListKind kind : kListKinds) {
    if (!with_lists) break;
    const std::string& list = known.lists[at(kind)];
    out.key(list_member(kind)).raw(list.empty() ? "[]" : list);
  }
  return out.end_object().take();
}

}  // namespace callgate
