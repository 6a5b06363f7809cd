#include "caller.h"

#include <fmt/core.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "callgate/app/ancestors.h"
#include "callgate/store/client_states.h"

namespace callgate {

namespace {

constexpr const char* kOwnTerminal = "run the command in a terminal of your own";
constexpr const char* kDetached =
    "this process has no terminal and its parent has ended, so a client may have started this "
    "process";

void add_folder(std::vector<std::string>& folders, const std::string& folder) {
  std::error_code error;
  const std::filesystem::path real = std::filesystem::weakly_canonical(folder, error);
  const std::string path = error ? folder : real.string();
  if (std::find(folders.begin(), folders.end(), path) == folders.end()) folders.push_back(path);
}

std::string home_of_user() {
  passwd entry{};
  passwd* found = nullptr;
  std::string buffer(16384, '\0');
  const bool known =
      getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found;
  return known ? found->pw_dir : "";
}

/// Returns the state folders in which gate processes of this user may be found. One of them is in
/// the home folder that the user database names, because a caller can set the environment to any
/// value.
std::vector<std::string> state_folders(const Places& places) {
  std::vector<std::string> folders;
  add_folder(folders, places.state_dir);
  const char* const base = std::getenv("XDG_STATE_HOME");
  if (base && *base == '/') add_folder(folders, std::string(base) + "/callgate");
  for (const std::string& home : {places.home, home_of_user()})
    if (!home.empty()) add_folder(folders, home + "/.local/state/callgate");
  return folders;
}

struct Known {
  std::vector<Caller::FoundSession> sessions;
  std::vector<int64_t> servers;      // process ids of servers and gate processes
  std::vector<std::string> waiting;  // see Caller::waiting

  bool is_client(int64_t pid) const {
    return std::any_of(sessions.begin(), sessions.end(),
                       [pid](const Caller::FoundSession& each) { return each.session.pid == pid; });
  }
  bool is_server(int64_t pid) const {
    return std::find(servers.begin(), servers.end(), pid) != servers.end();
  }
};

bool same_file(const std::string& a, const std::string& b) {
  std::vector<std::string> paths;
  add_folder(paths, a);
  add_folder(paths, b);
  return paths.size() == 1;
}

Known ask(const Places& places) {
  Known known;
  for (const std::string& folder : state_folders(places)) {
    for (const RunningGate& process : find_gates(folder).processes) {
      // This process has a gate of its own for one command, such as `callgate call`. It has the
      // rights of its own caller, and the search finds that caller, too. So this process is left
      // out.
      if (process.how == "command") continue;
      known.servers.push_back(process.pid);
      if (same_file(process.config, places.config_file))
        known.waiting.insert(known.waiting.end(), process.waiting_servers.begin(),
                             process.waiting_servers.end());
      for (const GateServer& server : process.servers) known.servers.push_back(server.pid);
      for (const GateSession& session : process.sessions)
        known.sessions.push_back({.session = session,
                                  .config = process.config,
                                  .state_dir = folder,
                                  .waiting = process.waiting_servers});
    }
  }
  return known;
}

bool same_rights(const Caller::FoundSession& a, const Caller::FoundSession& b) {
  return a.session.profile == b.session.profile && a.session.token == b.session.token &&
         a.session.client == b.session.client && a.config == b.config && a.state_dir == b.state_dir;
}

/// Returns an error if the client, the token or the session of `found` is paused or revoked.
Status not_stopped(const Caller::FoundSession& found) {
  const auto states = read_client_states(found.state_dir + "/callgate.db");
  if (!states) return states.error();
  for (const ClientState& state : *states) {
    const std::string& mine = state.kind == ClientState::Kind::Client  ? found.session.client
                              : state.kind == ClientState::Kind::Token ? found.session.token
                                                                       : found.session.id;
    if (state.state == ClientState::State::Active || mine.empty() || mine != state.name) continue;
    return Error{"caller.stopped",
                 fmt::format("the {} '{}', for which this command runs, is {}", name(state.kind),
                             mine, name(state.state)),
                 "a person can change that state with callgate clients resume"};
  }
  return {};
}

/// Compares the configuration and the state folder of a command with those of the gate process
/// whose client runs the command. True means that they differ. If only the state folder differs,
/// the command's calls would be missing in that gate's record. If only the configuration differs,
/// servers that the gate does not know would get the gate's secrets.
struct Elsewhere {
  bool config = false, state = false;
  bool operator==(const Elsewhere&) const = default;
};

Elsewhere elsewhere(const Caller::FoundSession& found, const Places& places) {
  return {.config = !same_file(found.config, places.config_file),
          .state = !same_file(found.state_dir, places.state_dir)};
}

Error error_elsewhere(const Caller& caller, const Caller::FoundSession& found) {
  return {
      "caller.elsewhere",
      fmt::format("{}; that client's gate process has the configuration {} and the state folder {}",
                  caller.why, found.config, found.state_dir),
      "use that configuration and that state folder, or " + std::string(kOwnTerminal)};
}

ActingFor acting(const Caller::FoundSession& found, const std::string& wanted) {
  const std::string& profile = found.session.profile;
  return {.profile = profile.empty() ? wanted : profile,
          .token = found.session.token,
          .client = found.session.client,
          .waiting = found.waiting};
}

Caller at(Caller::Kind kind, int64_t pid, std::string why, const Known& known) {
  Caller caller{.kind = kind,
                .pid = pid,
                .why = std::move(why),
                .sessions = {},
                .clients = {},
                .waiting = {}};
  for (const Caller::FoundSession& each : known.sessions)
    if (each.session.pid == pid) caller.sessions.push_back(each);
  return caller;
}

Caller find_caller(const Known& known, const Places& places) {
  if (std::getenv("CALLGATE_RUN"))
    return at(Caller::Kind::Server, 0,
              "this process was started by a server of callgate (CALLGATE_RUN is set)", known);
  for (const int64_t pid : processes_above()) {
    const std::string process = fmt::format("process {} above this one ", pid);
    if (known.is_server(pid) || started_by_a_gate(pid))
      return at(Caller::Kind::Server, pid, process + "was started by callgate", known);
    if (known.is_client(pid) || has_launched_gate(pid, places.config_file, places.state_dir))
      return at(Caller::Kind::Client, pid, process + "is a client of callgate", known);
  }
  return {};
}

}  // namespace

Caller caller_of(const Places& places) {
  const Known known = ask(places);
  Caller caller = find_caller(known, places);
  caller.waiting = known.waiting;
  for (const Caller::FoundSession& each : known.sessions)
    if (each.session.pid > 0) caller.clients.push_back(each.session.pid);
  return caller;
}

int may_change(std::string_view command, const Places& places) {
  const Caller caller = caller_of(places);
  std::string why = caller.why;
  if (why.empty() && detached_since(caller.clients)) why = kDetached;
  if (why.empty()) return kDone;
  fail({"rights.refused",
        fmt::format("callgate {} changes what clients or servers may do, so only a person may run "
                    "it; but {}",
                    command, why),
        kOwnTerminal});
  return kDenied;
}

Result<ActingFor> act_for_call(const Places& places) {
  const Caller caller = caller_of(places);
  if (caller.kind == Caller::Kind::Person && detached_since(caller.clients))
    return Error{"caller.unknown",
                 std::string(kDetached) + "; the rights of that client are unknown", kOwnTerminal};
  if (caller.kind == Caller::Kind::Person) return ActingFor{};
  if (caller.kind == Caller::Kind::Server)
    return Error{"caller.server", "a server may not run callgate call, and " + caller.why,
                 kOwnTerminal};
  if (caller.sessions.empty())
    return Error{"caller.unknown", caller.why + ", but no gate reports the rights of that client",
                 kOwnTerminal};
  const Caller::FoundSession& found = caller.sessions.front();
  for (const Caller::FoundSession& each : caller.sessions)
    if (!same_rights(each, found))
      return Error{"caller.unclear", caller.why + ", and its sessions have different rights",
                   kOwnTerminal};
  if (elsewhere(found, places) != Elsewhere{}) return error_elsewhere(caller, found);
  if (Status stopped = not_stopped(found); !stopped) return stopped.error();
  return acting(found, "");
}

Result<ActingFor> act_for_inspection(const Places& places) {
  const Caller caller = caller_of(places);
  for (const Caller::FoundSession& found : caller.sessions) {
    const Elsewhere other = elsewhere(found, places);
    if (other.config != other.state) return error_elsewhere(caller, found);
  }
  return ActingFor{.profile = "", .token = "", .client = "", .waiting = caller.waiting};
}

Result<ActingFor> act_for_launch(const Places& places, const std::string& profile) {
  const Caller caller = caller_of(places);
  ActingFor all{.profile = profile, .token = "", .client = "", .waiting = {}};
  const bool own = caller.kind != Caller::Kind::Client || caller.pid == ::getppid();
  all.direct = own && caller.kind != Caller::Kind::Server;
  if (own || caller.sessions.empty()) return all;
  std::optional<std::string> narrower;
  for (const Caller::FoundSession& found : caller.sessions) {
    const Elsewhere other = elsewhere(found, places);
    if (other.config != other.state) return error_elsewhere(caller, found);
    if (other.config)
      return all;  // both differ, so the client's rights say nothing about this gate
    if (Status stopped = not_stopped(found); !stopped) return stopped.error();
    const ActingFor one = acting(found, profile);
    all.waiting.insert(all.waiting.end(), one.waiting.begin(), one.waiting.end());
    if (one.profile == profile) narrower = profile;
    if (!narrower) narrower = one.profile;
    if (*narrower != profile && *narrower != one.profile)
      return Error{"caller.unclear", caller.why + ", and its sessions have different rights",
                   "launch callgate with the --profile of one of these sessions"};
  }
  if (*narrower != profile)
    print_message(
        fmt::format("callgate: {} and has the profile '{}', so this session has the same profile",
                    caller.why, *narrower));
  all.profile = *narrower;
  return all;
}

void leave_out_waiting(Config& config, const ActingFor& acting) {
  for (ServerConfig& server : config.servers)
    server.disabled = server.disabled || std::find(acting.waiting.begin(), acting.waiting.end(),
                                                   server.name) != acting.waiting.end();
}

}  // namespace callgate
