// The gate's world in memory: links, children, record and paths that do nothing but note what came.
#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "callgate/gate/gate.h"
#include "callgate/wire/message.h"

namespace callgate {

struct FakeLink final : ClientLink {
  std::deque<std::string> got;
  std::deque<Exchange> about;  // of each in `got`, from the first on
  void send(Outgoing message) override {
    got.push_back(std::move(message.bytes));
    about.push_back(message.about);
  }
  /// The oldest message not taken yet; empty if there is none.
  std::string take() {
    if (got.empty()) return "";
    std::string first = std::move(got.front());
    got.pop_front();
    return first;
  }
};

struct FakeChildren final : ChildProcesses {
  std::map<ServerIndex, int> starts, stops;
  std::map<ServerIndex, std::deque<std::string>> got;
  bool full = false;
  std::map<ChildIndex, ServerIndex> started;
  void start(ChildIndex child, ServerIndex server, const ServerConfig&) override {
    ++starts[child];
    started[child] = server;
  }
  bool send(ChildIndex server, std::string bytes) override {
    if (full) return false;
    got[server].push_back(std::move(bytes));
    return true;
  }
  std::map<ServerIndex, StopPace> paces;  // of the last stop
  void stop(ChildIndex server, StopPace pace) override {
    ++stops[server];
    paces[server] = pace;
  }
  std::string take(ServerIndex server) {
    auto& queue = got[server];
    if (queue.empty()) return "";
    std::string first = std::move(queue.front());
    queue.pop_front();
    return first;
  }
};

struct FakeRecord final : RecordPort {
  std::vector<RecordEvent> events;
  std::deque<CallNumber> started;
  std::deque<QuestionNumber> answered;
  void append(RecordEvent event) override {
    if (const auto* one = std::get_if<QuestionAnswered>(&event)) answered.push_back(one->number);
    if (const auto* call = std::get_if<CallStarted>(&event)) started.push_back(call->call);
    events.push_back(std::move(event));
  }
  template <class T>
  std::vector<T> all() const {
    std::vector<T> out;
    for (const RecordEvent& event : events) {
      if (const T* one = std::get_if<T>(&event)) out.push_back(*one);
    }
    return out;
  }
};

struct FakePaths final : PathPort {
  struct Question {
    CallNumber call;
    std::vector<PathNeed> needs;
  };
  std::deque<Question> asked;
  void resolve(CallNumber call, const ServerConfig&, std::vector<PathNeed> needs) override {
    asked.push_back({call, std::move(needs)});
  }
};

/// Outlives the worlds that it is given to. Answers when the world settles, unless `holds`.
struct FakeGuardPort final : GuardPort {
  std::map<std::string, std::vector<DeadEnd>> dead_ends;  // by memory_key()
  uint64_t calls_today = 0;
  std::vector<std::string> asked, keys;
  std::vector<std::pair<SessionNumber, std::string>> paused;
  bool holds = false;
  std::deque<std::string> unanswered;  // keys; the world answers them when it settles
  void recall(const std::string& client, const std::string& key) override {
    asked.push_back(client);
    keys.push_back(key);
    if (!holds) unanswered.push_back(key);
  }
  void pause(SessionNumber session, const std::string& because) override {
    paused.emplace_back(session, because);
  }
  /// What the gate has recorded so far is there for the next world.
  void take(const struct FakeRecord& record);
};

/// Outlives the worlds that it is given to, as files outlive runs.
struct FakeListStore final : ListStore {
  std::map<ServerIndex, std::string> kept;
  int loads = 0, saves = 0;
  std::string load(ServerIndex server, const ServerConfig&) override {
    ++loads;
    return kept[server];
  }
  void save(ServerIndex server, const ServerConfig&, std::string json) override {
    ++saves;
    kept[server] = std::move(json);
  }
};

/// One gate with `names` as its servers, driven by hand. Time moves only by pass().
struct World {
  FakeChildren children;
  FakeRecord record;
  FakePaths paths;
  FakeListStore own_lists;
  FakeGuardPort own_guard_port;
  FakeGuardPort& guard_port;
  std::unique_ptr<Gate> gate;
  Now now{.monotonic = std::chrono::hours(1), .wall = std::chrono::hours(500'000)};

  explicit World(std::vector<std::string> names, PolicyConfig rules = {}, Limits limits = {},
                 std::vector<ServerConfig> servers = {}, FakeListStore* lists = nullptr,
                 GuardConfig guard = {}, FakeGuardPort* remembered = nullptr);

  SessionNumber connect(FakeLink& link, const std::string& capabilities = "{}",
                        const std::string& version = "2025-06-18",
                        const std::string& name = "test");
  void say(SessionNumber session, const std::string& line) {
    gate->client_line(now, session, line);
    settle();
  }
  void child_says(ServerIndex server, const std::string& line) {
    gate->child_line(now, server, line);
    settle();
  }
  /// What is recorded becomes durable.
  void settle();
  bool hold_record = false;
  void pass(Nanos time);
  /// Takes the next line that the child got, checks its method and answers it with `result`.
  void answer(ServerIndex server, const std::string& method, const std::string& result);
  /// initialize and lists of one server with these tools.
  void bring_up(ServerIndex server, const std::vector<std::string>& tools,
                const std::string& capabilities = R"({"tools":{}})");
};

/// Connects a client and brings the first server up with these tools.
SessionNumber connect_to(World& world, FakeLink& link,
                         const std::vector<std::string>& tools = {"x"},
                         const std::string& capabilities = "{}");
/// The same for a client of the modern era, called cursor; its first answer is taken.
SessionNumber connect_modern(World& world, FakeLink& link);

/// A tools/call line.
std::string call_line(const std::string& id, const std::string& tool,
                      const std::string& arguments = "{}", const std::string& more = "");
/// The raw JSON text of a member at a JSON pointer; "absent" if there is none.
std::string at(const std::string& line, const std::string& pointer);

/// A client that answers every kind of question.
inline const std::string kAll = R"({"roots":{"listChanged":true},"sampling":{},"elicitation":{}})";
inline const std::string kList = R"({"jsonrpc":"2.0","id":1,"method":"tools/list"})";
/// What requests of modern clients bring along; the client's name is cursor.
inline const std::string kModernMeta =
    R"("_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28",)"
    R"("io.modelcontextprotocol/clientInfo":{"name":"cursor","version":"1"},)"
    R"("io.modelcontextprotocol/clientCapabilities":{}})";

/// With the id 77.
std::string request(const std::string& method, const std::string& params = "{}");
void pause_client(World& world, const std::string& name);

}  // namespace callgate
