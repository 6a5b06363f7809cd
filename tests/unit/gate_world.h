// A gate in memory: its links, children, record and paths only keep what they are given.
#pragma once

#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "callgate/gate/gate.h"
#include "gate_messages.h"

namespace callgate {

struct FakeLink final : ClientLink {
  std::deque<std::string> got;
  std::deque<Exchange> about;  // the exchange of each message that was ever in `got`
  void send(Outgoing message) override {
    got.push_back(std::move(message.bytes));
    about.push_back(message.about);
  }
  /// Takes the oldest message; returns an empty text if there is none.
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
  struct Start {
    std::string server, folder;
    WorkspacePtr workspace;
    std::string account;
  };
  std::map<ChildIndex, Start> started;
  void start(ChildIndex child, const ServerConfig& config, const WorkspacePtr& workspace) override {
    ++starts[child];
    started[child] = {config.name, config.cwd, workspace, std::string(config.account())};
  }
  bool send(ChildIndex server, std::string bytes) override {
    if (full) return false;
    got[server].push_back(std::move(bytes));
    return true;
  }
  std::map<ServerIndex, StopPace> paces;  // the pace of each child's last stop
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
    std::string folder;
    std::vector<PathNeed> needs;
  };
  std::deque<Question> asked;
  void resolve(CallNumber call, const ServerConfig& server, std::vector<PathNeed> needs) override {
    asked.push_back({call, server.cwd, std::move(needs)});
  }
};

/// Outlives the worlds that it is given to. Unless `holds`, it answers when the world settles.
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
  /// Gives the dead ends that a gate has recorded to the next world.
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

/// What a gate in a test has besides servers that keep no state.
struct WorldOptions {
  std::vector<ServerConfig> servers = {};
  PolicyConfig rules = {};
  Limits limits = {};
  GuardConfig guard = {};
  FakeListStore* lists = nullptr;  // must outlive the world; null: the world has its own
  FakeGuardPort* guard_port = nullptr;
  Profiles profiles = {};
};

/// One gate, driven by hand. Time moves only by pass().
struct World {
  FakeChildren children;
  FakeRecord record;
  FakePaths paths;
  FakeListStore own_lists;
  FakeGuardPort own_guard_port;
  FakeGuardPort& guard_port;
  std::unique_ptr<Gate> gate;
  Now now{.monotonic = std::chrono::hours(1), .wall = std::chrono::hours(500'000)};

  /// The servers with these names keep no state, so sessions share their children.
  explicit World(const std::vector<std::string>& names, WorldOptions options = {});

  /// Opens the session of a legacy client, which sends initialize.
  SessionNumber connect(FakeLink& link, const std::string& capabilities = "{}",
                        const std::string& version = "2025-06-18",
                        const std::string& name = "test");
  void client_sends(SessionNumber session, const std::string& line) {
    gate->client_line(now, session, line);
    settle();
  }
  void child_sends(ServerIndex server, const std::string& line) {
    gate->child_line(now, server, line);
    settle();
  }
  void child_sends(const std::string& line) { child_sends(0, line); }
  /// Takes the oldest line that the child got; returns an empty text if there is none.
  std::string child_gets(ServerIndex server = 0) { return children.take(server); }
  /// Answers the guard's questions, and makes recorded calls durable.
  void settle();
  bool hold_record = false;
  void pass(Nanos time);
  /// Takes the next line that the child got, checks its method and answers it with `result`.
  void answer(ServerIndex server, const std::string& method, const std::string& result);
  /// Starts a legacy child, which answers initialize. The gate asks for its lists next.
  void greet(ServerIndex server, const std::string& capabilities = R"({"tools":{}})");
  /// Starts a legacy child with these tools.
  void bring_up(ServerIndex server, const std::vector<std::string>& tools,
                const std::string& capabilities = R"({"tools":{}})");
  /// Starts a legacy child with these resources and templates.
  void bring_up_resources(ServerIndex server, const std::vector<std::string>& uris,
                          const std::vector<std::string>& templates);
  /// Starts a modern child with these tools.
  void bring_up_modern(ServerIndex server, const std::vector<std::string>& tools,
                       const std::string& capabilities = R"({"tools":{}})");
};

/// A gate with one client. Its session begins with hello() or open().
struct OneClient : World {
  FakeLink link;
  SessionNumber session = 0;
  using World::World;

  /// Begins the session of a legacy client with initialize.
  void hello(const std::string& capabilities = "{}", const std::string& version = "2025-06-18") {
    session = connect(link, capabilities, version);
  }
  /// Opens the session. The client has sent nothing yet.
  void open(ClientFacts facts = {}) { session = gate->open_session(now, link, std::move(facts)); }
  /// Begins the session of a modern client, called cursor, and starts a legacy child with the tool
  /// x.
  void open_modern();

  using World::client_sends;
  void client_sends(const std::string& line) { client_sends(session, line); }
  /// The client sends the line on this exchange.
  void client_posts(const std::string& line, Exchange exchange);
  /// Takes the oldest line that the client got; returns an empty text if there is none.
  std::string client_gets() { return link.take(); }
};

struct OneServerOptions {
  std::string name = "fs";
  std::optional<ServerConfig> config = {};  // if set, `name` is not used
  std::vector<std::string> tools = {"read"};
  std::string server = R"({"tools":{}})";  // the server's capabilities
  std::string client = "{}";               // the client's capabilities
  std::string version = "2025-06-18";      // the client's revision of MCP
  PolicyConfig rules = {};
  Limits limits = {};
  GuardConfig guard = {};
  FakeGuardPort* guard_port = nullptr;
};

/// A gate with one legacy server that is up, and one legacy client that has sent initialize.
struct OneServer : OneClient {
  explicit OneServer(OneServerOptions options = {});
};

void pause_client(World& world, const std::string& name);

}  // namespace callgate
