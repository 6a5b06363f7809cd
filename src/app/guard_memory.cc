#include "guard_memory.h"

#include <fmt/core.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "callgate/base/log.h"
#include "callgate/guard/guard.h"
#include "callgate/io/work.h"
#include "callgate/store/client_states.h"
#include "callgate/store/findings.h"
#include "callgate/store/history.h"

namespace callgate {

namespace {

constexpr Millis kReadLimit{2000};
constexpr Millis kWriteLimit{10'000};

// counted_ and asked_unanswered_ have at most this many keys. A full set is emptied, and then the
// record is read again.
constexpr size_t kCounted = 256;
// To count the calls of a day, at most this many calls are read from the record. That takes about
// 20 ms.
constexpr uint64_t kLooked = 50'000;

// How far back, and in how many rows, unanswered calls are looked for.
constexpr std::chrono::hours kLookBack{25};
constexpr uint64_t kRowsLooked = 20'000;
constexpr size_t kUnanswered = 32;  // the gate gets at most this many of them

/// Returns the unanswered calls of the client in earlier runs. Calls whose arguments are not
/// completely in the record are left out, because nobody can tell whether another call is equal.
Result<std::vector<UnansweredCall>> read_unanswered(const std::string& path, const std::string& key,
                                                    Micros now) {
  const auto is_theirs = [&key](const SessionOpened& session) {
    return memory_key(session.client_name, session.token, client_program(session.process)) == key;
  };
  auto rows = unanswered_calls(path, is_theirs, now - kLookBack, kRowsLooked, kUnanswered);
  if (!rows) return rows.error();
  std::vector<UnansweredCall> calls;
  if (rows->empty()) return calls;
  const auto history = History::open(path);
  if (!history) return history.error();
  for (const UnansweredRow& each : *rows) {
    const Result<CallRow> row =
        (*history)->show(fmt::format("{}-{}", each.id >> 32, static_cast<CallNumber>(each.id)));
    const uint32_t masked_late = row && row->late ? row->late->masked : 0;
    if (!row || row->masked > masked_late || row->args.size() != row->args_bytes) continue;
    UnansweredCall call{.id = each.id,
                        .at = row->at,
                        .ended = each.ended,
                        .profile = each.session.profile,
                        .folder = each.session.process.cwd,
                        .server = row->server,
                        .tool = row->tool,
                        .read_only = row->read_only,
                        .args = row->args};
    if (row->late && row->late->outcome != Outcome::RpcError) {
      call.late = true;
      const bool whole = row->late->result.size() == row->late->result_bytes;
      if (whole && masked_late == 0) call.result = row->late->result;
    }
    calls.push_back(std::move(call));
  }
  // If a call and its retries are all unanswered, the oldest of them was made.
  std::reverse(calls.begin(), calls.end());
  return calls;
}

/// What is read only for the first session of an agent in this run.
struct FirstTime {
  bool count = false;       // count the agent's calls of today
  bool unanswered = false;  // read its unanswered calls
};

/// Reads the dead ends that earlier sessions of the agent found, and what `first` says.
Result<AgentMemory> remembered(const std::string& path, const std::string& key, Micros now,
                               FirstTime first) {
  AgentMemory memory;
  auto dead_ends = read_dead_ends(path, key, now, kMostDeadEnds);
  if (!dead_ends) return dead_ends.error();
  memory.dead_ends = std::move(*dead_ends);
  if (key.empty()) return memory;
  if (first.unanswered) {
    auto unanswered = read_unanswered(path, key, now);
    if (!unanswered) return unanswered.error();
    memory.unanswered = std::move(*unanswered);
  }
  if (first.count) {
    const auto calls = calls_of_day(path, key, now);
    if (!calls) return calls.error();
    memory.calls_today = *calls;
  }
  return memory;
}

Error slow() { return {"record.slow", "the record was not read in time", ""}; }

}  // namespace

Result<uint64_t> calls_of_day(const std::string& path, const std::string& key, Micros now) {
  const auto is_theirs = [whose = budget_key(key)](const SessionOpened& session) {
    const std::string program = client_program(session.process);
    return budget_key(memory_key(session.client_name, session.token, program)) == whose;
  };
  return count_calls(path, is_theirs, std::chrono::floor<std::chrono::days>(now), kLooked);
}

GuardMemory::GuardMemory(Loop& loop, std::string path, uint32_t run)
    : loop_(loop), path_(std::move(path)), run_(run) {}

void GuardMemory::recall(const std::string& client, const std::string& key) {
  if (run_ == 0)  // there is no record
    return loop_.post(
        lifetime_.guard([this, key] { gate_->client_recalled(loop_.now(), key, {}); }));
  const auto read = std::make_shared<Result<AgentMemory>>(slow());
  const Micros now = loop_.now().wall;
  if (counted_.size() >= kCounted) counted_.clear();
  if (asked_unanswered_.size() >= kCounted) asked_unanswered_.clear();
  const std::string whose(budget_key(key));
  const FirstTime first{.count = counted_.insert(whose).second,
                        .unanswered = asked_unanswered_.insert(key).second};
  run_blocking(
      loop_, Work::Short, kReadLimit,
      [read, path = path_, key, now, first] { *read = remembered(path, key, now, first); },
      lifetime_.guard([this, read, client, key, whose](bool finished) {
        const bool good = finished && read->ok();
        if (!good) {
          counted_.erase(whose);  // so the next session of this client tries again
          asked_unanswered_.erase(key);
          log::warn("the guard's memory of earlier sessions of '{}' was not read: {}", client,
                    finished ? read->error().text() : slow().text());
        }
        gate_->client_recalled(loop_.now(), key, good ? **read : AgentMemory());
      }));
}

void GuardMemory::pause(SessionNumber session, const std::string& because) {
  if (run_ == 0) return;
  const ClientState state{.kind = ClientState::Kind::Session,
                          .name = std::to_string(run_) + "-" + std::to_string(session),
                          .state = ClientState::State::Paused,
                          .since = loop_.now().wall,
                          .because = because};
  pausing_.push_back(state);
  const auto written = std::make_shared<std::optional<Status>>();
  run_blocking(
      loop_, Work::Short, kWriteLimit,
      [written, path = path_, state] { *written = write_client_state(path, state); },
      lifetime_.guard([this, written, state](bool finished) {
        if (finished && (*written)->ok())
          std::erase(pausing_, state);
        else
          log::warn("session {} is paused, but only until this callgate ends: {}", state.name,
                    finished ? (*written)->error().text() : "the record was not written in time");
      }));
}

std::vector<ClientState> GuardMemory::with_pauses(std::vector<ClientState> states) const {
  states.insert(states.end(), pausing_.begin(), pausing_.end());
  return states;
}

void GuardMemory::read_ended(std::function<void(const Status&)> done) {
  struct Read {
    Result<std::vector<EndedFinding>> ended = slow();
    int64_t after = 0;
  };
  if (run_ == 0) return done({});
  const auto read = std::make_shared<Read>();
  read->after = ended_;
  run_blocking(
      loop_, Work::Short, kReadLimit,
      [read, path = path_, run = run_] {
        read->ended = callgate::read_ended(path, run, read->after);
      },
      lifetime_.guard([this, read, done = std::move(done)](bool finished) {
        if (!finished) return done(slow());
        if (!read->ended) return done(read->ended.error());
        ended_ = std::max(ended_, read->after);
        for (const EndedFinding& each : *read->ended) {
          if (each.rule == GuardRule::DeadEnd)
            gate_->dead_end_ended(loop_.now(), each.key, each.at);
          if (each.run != run_) continue;
          if (each.how == FindingEnd::Approved)
            gate_->finding_approved(loop_.now(), each.number);
          else
            gate_->finding_cleared(loop_.now(), each.number);
        }
        done({});
      }));
}

}  // namespace callgate
