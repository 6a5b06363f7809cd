#include "dead_ends.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdlib>

#include "callgate/base/hash.h"
#include "callgate/base/path_text.h"
#include "callgate/guard/memory_key.h"

namespace callgate {

namespace {

constexpr std::string_view kCallPrefix = "call:";

std::string subject_of(const CallKeys& keys) {
  if (keys.subject.empty()) return fmt::format("{}{:016x}", kCallPrefix, keys.call);
  return keys.other_arguments == 0 ? keys.subject
                                   : fmt::format("{}#{:016x}", keys.subject, keys.other_arguments);
}

constexpr size_t kHex = 16;

/// The parts of a stored subject, as subject_of() wrote them.
struct Parts {
  std::string_view path;  ///< empty if there is only a call's hash
  uint64_t hash = 0;      ///< of the call, or of the arguments besides the path
};

Parts parts_of(std::string_view subject) {
  const auto number = [](std::string_view text) {
    return std::strtoull(std::string(text).c_str(), nullptr, 16);
  };
  if (subject.substr(0, kCallPrefix.size()) == kCallPrefix)
    return {{}, number(subject.substr(kCallPrefix.size()))};
  if (subject.size() <= kHex || subject[subject.size() - kHex - 1] != '#') return {subject, 0};
  return {subject.substr(0, subject.size() - kHex - 1),
          number(subject.substr(subject.size() - kHex))};
}

std::string_view path_of(const DeadEnd& dead_end) { return parts_of(dead_end.subject).path; }

std::string_view name_in(std::string_view agent) { return agent.substr(0, agent.find(kNameEnd)); }

std::string_view memory_of(const GuardCall& call) {
  return call.memory.empty() ? call.agent : call.memory;
}

/// Makes the key differ for agents that claim the same name but have another token or program.
/// `agent` is a memory_key().
uint64_t slot_by(uint64_t key, std::string_view agent) {
  const size_t end = agent.find(kNameEnd);
  return end == std::string_view::npos ? key : mix(key, hash_of(agent.substr(end)));
}

uint64_t hash_key(std::string_view agent, std::string_view server, std::string_view tool,
                  Parts parts) {
  const uint64_t tools =
      mix(hash_of(agent.substr(0, kNameBytes)),
          mix(hash_of(server.substr(0, kNameBytes)), hash_of(tool.substr(0, kNameBytes))));
  return mix(mix(tools, hash_of(parts.path)), parts.hash);
}

}  // namespace

bool DeadEnds::Entry::was_found_by(uint32_t session) const {
  const auto end =
      found_by.begin() + std::min<uint32_t>(found, static_cast<uint32_t>(found_by.size()));
  return std::find(found_by.begin(), end, session) != end;
}

uint64_t DeadEnds::key_of(const GuardCall& call, const CallKeys& keys) {
  const bool by_call = keys.subject.empty();
  return hash_key(name_in(memory_of(call)), call.server, call.tool,
                  {keys.subject, by_call ? keys.call : keys.other_arguments});
}

uint64_t DeadEnds::key_of(const DeadEnd& d) {
  return hash_key(name_in(d.agent), d.server, d.tool, parts_of(d.subject));
}

uint64_t DeadEnds::slot_of(const GuardCall& call, const CallKeys& keys) {
  return slot_by(key_of(call, keys), memory_of(call).substr(0, kNameBytes));
}

uint64_t DeadEnds::slot_of(const DeadEnd& d) { return slot_by(key_of(d), d.agent); }

void DeadEnds::insert(uint64_t key, Entry entry) {
  if (known_.size() >= kMostDeadEnds) make_room();
  const std::string_view path = path_of(entry.value);
  if (!path.empty()) {
    by_path_.emplace(hash_of(path), key);
    if (const std::string_view parent = parent_of(path); !parent.empty())
      by_path_.emplace(hash_of(parent), key);
  }
  known_.emplace(key, std::move(entry));
}

DeadEnds::Map::iterator DeadEnds::erase(Map::iterator at) {
  const std::string_view path = path_of(at->second.value);
  for (std::string_view part : {path, parent_of(path)}) {
    auto [from, to] = by_path_.equal_range(hash_of(part));
    for (; from != to; ++from)
      if (from->second == at->first) {
        by_path_.erase(from);
        break;
      }
  }
  return known_.erase(at);
}

/// Drops the oldest eighth of the dead ends: those that were found longest ago. If only one dead
/// end were dropped, each insertion would have to search all of them.
void DeadEnds::make_room() {
  std::vector<Micros> times;
  for (const auto& [key, entry] : known_) times.push_back(entry.value.last);
  const auto oldest = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 8);
  std::nth_element(times.begin(), oldest, times.end());
  size_t left = times.size() / 8 + 1;
  for (auto at = known_.begin(); at != known_.end() && left > 0;)
    if (at->second.value.last <= *oldest)
      at = erase(at), --left;
    else
      ++at;
}

void DeadEnds::load(const DeadEnd& d) {
  const uint64_t key = slot_of(d);
  if (known_.find(key) == known_.end()) insert(key, {d, {}, 0});
}

const DeadEnd* DeadEnds::known(const GuardCall& call, const CallKeys& keys, uint32_t sessions) {
  if (known_.empty()) return nullptr;
  const auto found = known_.find(slot_of(call, keys));
  if (found == known_.end() || found->second.value.expires <= call.at.wall) return nullptr;
  const Entry& entry = found->second;
  const uint32_t others = entry.value.sessions - (entry.was_found_by(call.session) ? 1 : 0);
  return others >= sessions ? &entry.value : nullptr;
}

uint32_t DeadEnds::failed(const GuardCall& call, const CallKeys& keys, AnswerKind kind,
                          const Thresholds& t, std::vector<DeadEndChange>& changes) {
  const uint64_t key = slot_of(call, keys);
  auto found = known_.find(key);
  if (found != known_.end() && found->second.value.expires <= call.at.wall)
    erase(found), found = known_.end();
  if (found == known_.end()) {
    Entry entry;
    entry.value.agent = memory_of(call).substr(0, kNameBytes);
    entry.value.server = call.server.substr(0, kNameBytes);
    entry.value.tool = call.tool.substr(0, kNameBytes);
    entry.value.subject = subject_of(keys);
    entry.value.first = call.at.wall;
    insert(key, std::move(entry));
    found = known_.find(key);
  }
  Entry& entry = found->second;
  if (!entry.was_found_by(call.session)) {
    ++entry.value.sessions;
    entry.found_by[entry.found++ % entry.found_by.size()] = call.session;
  }
  ++entry.value.tries;
  entry.value.kind = kind;
  entry.value.last = call.at.wall;
  entry.value.expires = call.at.wall + t.dead_end_life;
  changes.push_back({DeadEndChange::What::Keep, entry.value});
  return entry.value.sessions - 1;
}

void DeadEnds::succeeded(const GuardCall& call, const CallKeys& keys,
                         std::vector<DeadEndChange>& changes) {
  if (known_.empty()) return;
  const auto found = known_.find(slot_of(call, keys));
  if (found == known_.end()) return;
  changes.push_back({DeadEndChange::What::Forget, found->second.value});
  erase(found);
}

void DeadEnds::written(Value args, std::vector<DeadEndChange>& changes) {
  if (by_path_.empty() || !args.is_object()) return;
  for (const std::string& path : paths_in(args)) {
    std::vector<uint64_t> keys;
    // Finds the dead ends of the path itself, of the paths directly inside it, and of the folder
    // that contains it.
    for (std::string_view part : {std::string_view(path), parent_of(path)}) {
      if (part.empty()) continue;
      auto [from, to] = by_path_.equal_range(hash_of(part));
      for (; from != to; ++from) keys.push_back(from->second);
    }
    for (uint64_t key : keys) {
      const auto found = known_.find(key);
      if (found == known_.end()) continue;
      const std::string_view missing = path_of(found->second.value);
      if (missing != path && parent_of(missing) != path && missing != parent_of(path)) continue;
      changes.push_back({DeadEndChange::What::Forget, found->second.value});
      erase(found);
    }
  }
}

std::vector<DeadEndChange> DeadEnds::server_changed(std::string_view server) {
  std::vector<DeadEndChange> changes;
  for (auto at = known_.begin(); at != known_.end();) {
    if (at->second.value.server != server.substr(0, kNameBytes)) {
      ++at;
      continue;
    }
    changes.push_back({DeadEndChange::What::Forget, at->second.value});
    at = erase(at);
  }
  return changes;
}

std::vector<DeadEndChange> DeadEnds::forget(uint64_t key, Micros at) {
  std::vector<DeadEndChange> changes;
  for (auto each = known_.begin(); each != known_.end();) {
    if (key_of(each->second.value) != key || each->second.value.last > at) {
      ++each;
      continue;
    }
    changes.push_back({DeadEndChange::What::Forget, each->second.value});
    each = erase(each);
  }
  return changes;
}

}  // namespace callgate
