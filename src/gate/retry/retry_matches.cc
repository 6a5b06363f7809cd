#include "retry_matches.h"

#include "callgate/wire/canonical_json.h"
#include "gate/state/workspace_key.h"

namespace callgate {

namespace {

using namespace std::chrono_literals;

// Some clients do not tell anybody that they have given up waiting, such as those with the Python
// SDK. So an equal call of the same session counts as a retry, too, if the earlier call has been at
// the child for this time. Two equal calls that a model makes at once come in less time.
constexpr Nanos kNotAtOnce = 500ms;
// Open calls are compared only up to this number, and only if their arguments are not longer.
constexpr size_t kMostCompared = 16, kLongestCompared = size_t{64} << 10;

std::string workspace_of(const Session& session, const ServerConfig& server) {
  // A call to another account of the server is another call.
  return workspace_key(session.client.facts().workspace, server) + '\0' +
         std::string(server.account());
}

}  // namespace

// Sessions that are open at the same time are different clients, even if they have equal names.
LeftCall* RetryMatches::left_call(const Call& call) const {
  const ServerConfig& server = call.child->config();
  const std::vector<LeftCall*> candidates = left_.of_tool(server.name, call.name);
  if (candidates.empty()) return nullptr;
  const Session& session = *core_.session(call.session);
  const std::string key = retry_key(server.name, call.name, call.args);
  const std::string client = client_identity(session), workspace = workspace_of(session, server);
  for (LeftCall* left : candidates) {
    if (left->key != key) continue;
    if (left->session == call.session) return left;
    const bool later = call.session > left->last_session;
    if (later && !client.empty() && left->client == client &&
        left->workspace.value_or(workspace) == workspace)
      return left;
  }
  return nullptr;
}

// Calls of one session to a server can be at several children; see ChildPool::child_for_call().
std::vector<CallNumber> RetryMatches::calls_at_server_of(const Call& call) const {
  std::vector<CallNumber> numbers;
  for (const auto& child : core_.pool) {
    if (child->configured() != call.child->configured()) continue;
    const auto more = child->requests.calls_since(core_.now.monotonic - kNotAtOnce);
    numbers.insert(numbers.end(), more.begin(), more.end());
  }
  return numbers;
}

// Modern clients over HTTP can share a session. Each of them gives up a call by closing the stream
// on which the answer would come.
const Call* RetryMatches::open_call(const Call& call) const {
  if (call.client.era == Era::Modern && call.client.exchange != 0) return nullptr;
  const std::vector<CallNumber> numbers = calls_at_server_of(call);
  if (numbers.empty() || call.args.raw().size() > kLongestCompared) return nullptr;
  const std::string wanted = canonical_json(call.args);
  size_t compared = 0;
  for (const CallNumber number : numbers) {
    const Call* other = core_.calls->find(number);
    if (!other || other->session != call.session || other->name != call.name ||
        !other->is<AtChild>() || other->args.raw().size() > kLongestCompared ||
        !rules_.can_be_retried(*other))
      continue;
    if (canonical_json(other->args) == wanted) return other;
    if (++compared == kMostCompared) break;
  }
  return nullptr;
}

LeftCall RetryMatches::entry_for(const Call& call) const {
  const ServerConfig& server = call.child->config();
  LeftCall left{.id = core_.id_of(call.number),
                .session = call.session,
                .at = call.received.wall,
                .server = server.name,
                .tool = call.name};
  if (!rules_.can_be_retried(call)) return left;
  left.key = retry_key(server.name, call.name, call.args);
  if (const Session* session = core_.session(call.session)) {
    left.client = client_identity(*session);
    left.workspace = workspace_of(*session, server);
  }
  return left;
}

LeftCall RetryMatches::entry_for(const RecentAnswer& missed, const Session& session) {
  return {.id = missed.id,
          .session = missed.session,
          .client = client_identity(session),
          .key = retry_key(missed.server, missed.tool, missed.args),
          .at = missed.at,
          .state = LeftCall::State::Answered,
          .era = missed.era,
          .server = missed.server,
          .tool = missed.tool,
          .answer = missed.answer};
}

}  // namespace callgate
