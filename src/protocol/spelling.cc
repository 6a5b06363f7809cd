#include "callgate/protocol/spelling.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "callgate/base/fold.h"
#include "callgate/protocol/modern.h"
#include "callgate/wire/folded_keys.h"
#include "callgate/wire/writer.h"

namespace callgate {

namespace {

// The keys that the protocol defines for params, of all methods and eras. Frequent keys come first,
// because the list is searched from its start.
constexpr std::array<std::string_view, 52> kParams = {"name",
                                                      "arguments",
                                                      "_meta",
                                                      "progressToken",
                                                      "progress",
                                                      "total",
                                                      "message",
                                                      "uri",
                                                      "cursor",
                                                      "requestId",
                                                      "reason",
                                                      "level",
                                                      "logger",
                                                      "data",
                                                      "ref",
                                                      "argument",
                                                      "context",
                                                      "protocolVersion",
                                                      "capabilities",
                                                      "clientInfo",
                                                      "task",
                                                      "taskId",
                                                      "taskIds",
                                                      "inputResponses",
                                                      "requestState",
                                                      "notifications",
                                                      "elicitationId",
                                                      "mode",
                                                      "url",
                                                      "requestedSchema",
                                                      "messages",
                                                      "systemPrompt",
                                                      "includeContext",
                                                      "maxTokens",
                                                      "modelPreferences",
                                                      "temperature",
                                                      "stopSequences",
                                                      "metadata",
                                                      "tools",
                                                      "toolChoice",
                                                      "status",
                                                      "statusMessage",
                                                      "createdAt",
                                                      "lastUpdatedAt",
                                                      "ttl",
                                                      "ttlMs",
                                                      "pollInterval",
                                                      "result",
                                                      "error",
                                                      "resourceSubscriptions",
                                                      "elicitations",
                                                      "inputRequests"};
constexpr std::array<std::string_view, 9> kMeta = {
    "progressToken",   kMetaVersion,    kMetaCapabilities,
    kMetaClientInfo,   kMetaLogLevel,   kMetaServerInfo,
    kMetaSubscription, kTasksExtension, "io.modelcontextprotocol/related-task"};
constexpr std::array<std::string_view, 3> kReference = {"type", "name", "uri"};
constexpr std::array<std::string_view, 2> kArgument = {"name", "value"};
constexpr std::array<std::string_view, 1> kContext = {"arguments"};
constexpr std::array<std::string_view, 6> kImplementation = {"name",  "version",    "title",
                                                             "icons", "websiteUrl", "description"};
constexpr std::array<std::string_view, 9> kCapabilities = {"sampling", "elicitation",  "roots",
                                                           "tasks",    "experimental", "extensions",
                                                           "logging",  "prompts",      "resources"};
constexpr std::array<std::string_view, 2> kTask = {"ttl", "taskId"};

constexpr std::array<std::string_view, 23> kResult = {"content",
                                                      "structuredContent",
                                                      "isError",
                                                      "_meta",
                                                      "task",
                                                      "resultType",
                                                      "inputRequests",
                                                      "requestState",
                                                      "nextCursor",
                                                      "tools",
                                                      "prompts",
                                                      "resources",
                                                      "contents",
                                                      "messages",
                                                      "completion",
                                                      "tasks",
                                                      "protocolVersion",
                                                      "capabilities",
                                                      "serverInfo",
                                                      "instructions",
                                                      "taskId",
                                                      "status",
                                                      "resourceTemplates"};
// The keys of a client's answer to a server's question.
constexpr std::array<std::string_view, 8> kClientResult = {
    "roots", "action", "content", "role", "model", "stopReason", "_meta", "resultType"};
constexpr std::array<std::string_view, 3> kError = {"code", "message", "data"};

/// Returns the name that equals the member's key only after folding (base/fold.h). Returns an empty
/// text if the key is exactly one of the names, or equals none of them even after folding.
template <size_t N>
std::string_view misspelled_name(Value member, const std::array<std::string_view, N>& names) {
  for (const std::string_view name : names)
    if (member.key_is(name)) return {};
  const std::string key = folded(member.key());
  for (const std::string_view name : names)
    if (equal_ascii_folded(name, key)) return name;
  return {};
}

template <size_t N>
std::optional<std::string> doubt_in(Value object, const std::array<std::string_view, N>& names) {
  if (!object.is_object()) return std::nullopt;
  for (const Value member : object)
    if (const std::string_view name = misspelled_name(member, names); !name.empty())
      return "the key " + quote(member.key()) + " is read as \"" + std::string(name) +
             "\" by some programs; write it as \"" + std::string(name) + "\"";
  return std::nullopt;
}

std::optional<std::string> doubt_below(Value member) {
  if (member.key_is("_meta")) return doubt_in(member, kMeta);
  if (member.key_is("ref")) return doubt_in(member, kReference);
  if (member.key_is("argument")) return doubt_in(member, kArgument);
  if (member.key_is("context")) return doubt_in(member, kContext);
  if (member.key_is("clientInfo")) return doubt_in(member, kImplementation);
  if (member.key_is("capabilities")) return doubt_in(member, kCapabilities);
  if (member.key_is("task")) return doubt_in(member, kTask);
  return std::nullopt;
}

/// True if two members of the object have keys that equal the same protocol key after folding. Keys
/// that the protocol does not define may repeat, because they are data.
template <size_t N>
bool repeats_known(Value object, const std::array<std::string_view, N>& names) {
  if (!object.is_object()) return false;
  std::array<bool, N> found{};
  for (const Value member : object) {
    const std::string key = folded(member.key());
    for (size_t i = 0; i < N; ++i) {
      if (!equal_ascii_folded(names[i], key)) continue;
      if (found[i]) return true;
      found[i] = true;
    }
  }
  return false;
}

bool repeats(const Rpc& rpc) {
  if (rpc.kind == RpcKind::Request) return repeats_key_within(rpc.params);
  const Value result = rpc.result;
  return repeats_known(rpc.params, kParams) || repeats_known(rpc.params.find("_meta"), kMeta) ||
         repeats_known(result, kResult) || repeats_known(result.find("_meta"), kMeta) ||
         repeats_known(result.find("task"), kTask) || repeats_known(rpc.error, kError) ||
         repeats_key_within(result.find("inputRequests"));
}

/// Checks the keys of `object`, which is params or a result, and of the objects in it. `names` are
/// the keys that the protocol defines for `object`.
template <size_t N>
std::optional<std::string> doubtful_members(Value object,
                                            const std::array<std::string_view, N>& names) {
  if (auto doubt = doubt_in(object, names)) return doubt;
  if (!object.is_object()) return std::nullopt;
  for (const Value member : object) {
    if (!member.is_object()) continue;
    if (auto doubt = doubt_below(member)) return doubt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> doubtful_message(const Rpc& rpc, Sender sender) {
  const bool server = sender == Sender::Server;
  if (server && rpc.root.message().duplicates() > 0 && repeats(rpc))
    return "an object has a key twice, or two keys that are the same for some programs";
  if (rpc.params) return doubtful_members(rpc.params, kParams);
  if (rpc.error) return doubt_in(rpc.error, kError);
  return server ? doubtful_members(rpc.result, kResult)
                : doubtful_members(rpc.result, kClientResult);
}

}  // namespace callgate
