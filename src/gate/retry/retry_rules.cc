#include "retry_rules.h"

#include <algorithm>
#include <array>

#include "callgate/base/ascii.h"
#include "callgate/base/digest.h"
#include "callgate/base/glob.h"
#include "callgate/guard/effect.h"
#include "callgate/policy/policy.h"
#include "callgate/wire/canonical_json.h"

namespace callgate {

RetryRules::RetryRules(const Core& core) : core_(core) { use(core.options.retry); }

void RetryRules::use(const RetryConfig& config) {
  window_ = config.window;
  std::vector<std::string> servers;
  for (const ServerIndex server : core_.registry.order(kOwnWorkspace))
    servers.push_back(core_.registry[server].name);
  exempt_.clear();
  for (const std::string& glob : config.exempt) exempt_.push_back(canonical_pattern(glob, servers));
}

// A call that starts a task, or that brings the client's answers to a server's questions, differs
// from other calls by more than its arguments. So it has no retries.
bool RetryRules::can_be_retried(const Call& call) const {
  if (window_ <= Nanos{} || call.kind != CallKind::Tool || call.origin != Call::Origin::Client ||
      !call.child || !call.child->config().retry || call.round.number != 1)
    return false;
  for (const std::string_view member : {"task", "inputResponses", "requestState"})
    if (call.params.find(member)) return false;
  if (!may_write(core_.guard->effect(call))) return false;
  return !is_exempt(call.child->config().name, call.name);
}

bool RetryRules::can_be_retried(const UnansweredCall& call, Value args) const {
  if (window_ <= Nanos{}) return false;
  for (const ServerIndex each : core_.registry.order(kOwnWorkspace))
    if (core_.registry[each].name == call.server && !core_.registry[each].retry) return false;
  return may_write(core_.guard->effect(call.server, call.tool, args, call.read_only)) &&
         !is_exempt(call.server, call.tool);
}

bool RetryRules::is_exempt(const std::string& server, const std::string& tool) const {
  if (exempt_.empty()) return false;
  const std::string name = server + "__" + tool;
  return std::any_of(exempt_.begin(), exempt_.end(),
                     [&](const std::string& glob) { return glob_matches(glob, name); });
}

std::string client_identity(const std::string& memory_key, const std::string& profile,
                            const std::string& folder) {
  return memory_key + '\0' + profile + '\0' + folder;
}

std::string client_identity(const Session& session) {
  if (session.client.name().empty()) return "";
  const ClientFacts& facts = session.client.facts();
  // Over HTTP without a token, the client is only known by the name that it claims.
  if (facts.token.empty() && facts.process.pid == 0) return "";
  return client_identity(session.client.memory_key(), facts.profile, facts.process.cwd);
}

std::string retry_key(const std::string& server, const std::string& tool, Value args) {
  return hex(sha256(server + '\0' + tool + '\0' + canonical_json(args)));
}

bool names_timeout(std::string_view reason_json) {
  // TypeScript SDK: "McpError: MCP error -32001: Request timed out", "Maximum total timeout
  // exceeded"; Rust SDK: "request timeout"; Go SDK: "context deadline exceeded". Codex does not
  // belong here: its reason is the same if a person stops the call.
  constexpr std::array<std::string_view, 4> kWords = {"timed out", "timeout", "time-out",
                                                      "deadline exceeded"};
  const std::string reason = lowered(reason_json);
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return reason.find(word) != std::string::npos; });
}

}  // namespace callgate
