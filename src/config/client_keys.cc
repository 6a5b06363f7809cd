// Keys of servers' entries that have a meaning only for clients. The reader accepts them, so that a
// user can copy a server's entry from a client's file without changes.
#include <algorithm>
#include <iterator>

#include "reader.h"

namespace callgate {

namespace {

constexpr const char* kCallTimeout = "write \"call_timeout\" instead, such as \"60s\"";
constexpr const char* kStartTimeout = "write \"start_timeout\" instead, such as \"60s\"";
constexpr const char* kPolicy = "write rules into \"policy\" instead";
constexpr const char* kEnvFile =
    "write the file's variables into \"env\", or import the entry with: callgate import CLIENT";
constexpr const char* kRemove = "remove the key";

struct ClientKey {
  const char* name;
  /// What the user should do instead; nullptr for a key that only describes the server and needs no
  /// note.
  const char* next;
};

constexpr ClientKey kKeys[] = {
    {"$schema", nullptr},
    {"_meta", nullptr},
    {"author", nullptr},
    {"bundled", nullptr},
    {"description", nullptr},
    {"displayName", nullptr},
    {"display_name", nullptr},
    {"extensionName", nullptr},
    {"gallery", nullptr},
    {"homepage", nullptr},
    {"icon", nullptr},
    {"iconUrl", nullptr},
    {"icons", nullptr},
    {"id", nullptr},
    {"isActive", nullptr},
    {"label", nullptr},
    {"logoUrl", nullptr},
    {"metadata", nullptr},
    {"name", nullptr},
    {"provider", nullptr},
    {"providerUrl", nullptr},
    {"settings", nullptr},
    {"source", nullptr},
    {"tags", nullptr},
    {"title", nullptr},
    {"version", nullptr},
    {"alwaysAllow", kPolicy},
    {"always_allow", kPolicy},
    {"approval_mode", kPolicy},
    {"autoApprove", kPolicy},
    {"auto_approve", kPolicy},
    {"default_tools_approval_mode", kPolicy},
    {"trust", kPolicy},
    {"envFile", kEnvFile},
    {"env_file", kEnvFile},
    {"env_keys", "write \"env_pass\" instead"},
    {"callTimeout", kCallTimeout},
    {"request_timeout", kCallTimeout},
    {"requestTimeout", kCallTimeout},
    {"timeout", kCallTimeout},
    {"tool_timeout_sec", kCallTimeout},
    {"toolTimeout", kCallTimeout},
    {"connectionTimeout", kStartTimeout},
    {"connect_timeout", kStartTimeout},
    {"initTimeout", kStartTimeout},
    {"startup_timeout_ms", kStartTimeout},
    {"startup_timeout_sec", kStartTimeout},
    {"authProviderType", kRemove},
    {"autoConnect", kRemove},
    {"autoStart", kRemove},
    {"bearer_token_env_var", kRemove},
    {"chatMenu", kRemove},
    {"dev", kRemove},
    {"env_http_headers", kRemove},
    {"experimental_environment", kRemove},
    {"headersHelper", kRemove},
    {"http_headers", kRemove},
    {"longRunning", kRemove},
    {"oauth", kRemove},
    {"oauth_resource", kRemove},
    {"reconnectPolicy", kRemove},
    {"required", kRemove},
    {"retries", kRemove},
    {"sandbox", kRemove},
    {"sandboxEnabled", kRemove},
    {"scopes", kRemove},
    {"serverInstructions", kRemove},
    {"supports_parallel_tool_calls", kRemove},
    {"targetAudience", kRemove},
    {"targetServiceAccount", kRemove},
    {"watchPaths", kRemove},
};

}  // namespace

std::optional<std::string> Reader::scalar(const Place& at) {
  describe(at, R"("type":"number")");
  describe(at, R"("type":"boolean")");
  if (!at.value.is_number() && !at.value.boolean()) return text(at);
  return std::string(at.value.raw());
}

std::vector<std::string> Reader::scalars(const Place& at) {
  std::vector<std::string> all;
  for (const Place& element : elements(at))
    if (std::optional<std::string> one = scalar(element)) all.push_back(std::move(*one));
  return all;
}

std::vector<Member> client_members(Reader& reader, ServerConfig& server) {
  std::vector<Member> members;
  for (const ClientKey& key : kKeys)
    members.push_back({key.name,
                       [&reader, next = key.next](const Place& at) {
                         if (next)
                           reader.note(at, "is a key for clients and has no effect in callgate",
                                       next);
                       },
                       true});
  // These keys are lists that hide tools in the client. They must also hide these tools in
  // callgate.
  const auto names = [&reader](std::vector<std::string>& to) {
    return [&reader, &to](const Place& at) {
      for (const Place& element : reader.elements(at))
        if (auto pattern = reader.pattern(element)) to.push_back(std::move(*pattern));
    };
  };
  for (const char* key : {"disabledTools", "disabled_tools", "excludeTools", "exclude_tools"})
    members.push_back({key, names(server.hide), true});
  for (const char* key : {"enabledTools", "enabled_tools", "includeTools", "include_tools"})
    members.push_back(
        {key, [names, &server](const Place& at) { names(server.only.emplace())(at); }, true});
  // In Goose, an empty list hides no tool.
  const auto listed = [&reader, &server](const Place& at) {
    std::vector<std::string> tools;
    for (const Place& element : reader.elements(at))
      if (auto pattern = reader.pattern(element)) tools.push_back(std::move(*pattern));
    if (!tools.empty()) server.only = std::move(tools);
  };
  members.push_back({"available_tools", listed, true});
  return members;
}

}  // namespace callgate
