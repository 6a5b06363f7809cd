// Every text of a configuration file gives errors or a configuration from which a policy can be
// made, and never a crash. The policy's decision about a call is the same twice.
#include <string>

#include "callgate/policy/policy.h"
#include "fuzz.h"

using namespace callgate;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const LoadedConfig loaded = parse_config(text, "config.json", "/home/me");
  for (const Error& error : loaded.errors) {
    ENSURE(!error.code.empty() && !error.message.empty() && !error.next.empty());
    for (const char c : error.message) ENSURE(static_cast<unsigned char>(c) >= 0x20);
  }
  if (!loaded.errors.empty()) return 0;
  const Result<Policy> policy =
      Policy::compile(loaded.config.policy, {"/home/me/.config/callgate"}, "/home/me");
  if (!policy) return 0;
  // The file itself is used as a call's arguments.
  Walker walker;
  const Result<MessagePtr> args = walker.walk(text);
  const Value value = args ? (*args)->root() : Value();
  for (const ServerConfig& server : loaded.config.servers) {
    const Facts facts{.server = server.name, .name = "read", .args = value, .client = "client"};
    CallPaths paths;
    policy->collect(facts, paths);
    paths.set_real(RealPaths(paths.needs().size(), "/home/me/.config/callgate/config.json"));
    const Decision decision = policy->decide(facts, paths);
    ENSURE(policy->explain(facts, paths).decision.rule == decision.rule);
    ENSURE(paths.empty() || decision.permission == Permission::Deny);
  }
  return 0;
}
