// Reads the keys of a server that is reached at a URL.
#include <fmt/core.h>

#include "callgate/base/ascii.h"
#include "callgate/base/url.h"
#include "callgate/config/secret_names.h"
#include "callgate/wire/http.h"
#include "reader.h"

namespace callgate {

namespace {

using Transport = RemoteConfig::Transport;

constexpr size_t kMostHeaders = 64;
constexpr size_t kLongestHeader = 8192;
/// Names that some clients use for "url".
constexpr const char* kUrlKeys[] = {"httpUrl", "serverUrl", "uri"};

RemoteConfig& remote_of(ServerConfig& server) {
  if (!server.remote) server.remote.emplace();
  return *server.remote;
}

void read_url(Reader& reader, const Place& at, ServerConfig& server) {
  if (reader.describing()) {
    reader.describe(at, R"("type":"string","minLength":1)");
    return;
  }
  const std::optional<std::string> text = reader.text(at);
  if (!text) return;
  remote_of(server).url = *text;
  if (!references_in(*text).empty()) return;  // checked when the server is started
  const auto url = parse_url(*text);
  if (!url)
    reader.fail(at, "config.value", "the URL " + url.error().message,
                "write it like \"https://mcp.example.com/mcp\"");
}

using Headers = decltype(RemoteConfig::headers);

void read_header(Reader& reader, const Place& at, Headers& headers) {
  const std::string name = at.value.key();
  const std::optional<std::string> value = reader.scalar(at);
  if (!value) return;
  if (!is_token(name))
    return reader.fail(at, "config.value", "this is not the name of an HTTP header",
                       "use letters, digits and -");
  if (is_protocol_field(name))
    return reader.fail(at, "config.value", "callgate sets this header itself", "remove the header");
  if (has_control(*value) || value->size() > kLongestHeader)
    return reader.fail(at, "config.value",
                       "a header's value must have at most 8,192 bytes and no control characters",
                       "correct the value");
  headers.emplace_back(name, *value);
}

/// Some clients write an empty object for servers that are started by a command.
void read_headers(Reader& reader, const Place& at, ServerConfig& server) {
  Headers headers;
  for (const Place& header : reader.members(at)) {
    reader.describe(header, R"("type":"null")");
    if (!header.value.is(NodeKind::Null)) read_header(reader, header, headers);
  }
  if (headers.size() > kMostHeaders)
    reader.fail(at, "config.value", "there are more than 64 headers", "remove some of them");
  if (!headers.empty()) remote_of(server).headers = std::move(headers);
}

/// Reads "type", or one of its other names. The words for servers that are started by a command are
/// accepted without an effect.
void read_transport(Reader& reader, const Place& at, ServerConfig& server) {
  const Choices<std::optional<Transport>> kinds = {{"stdio", std::nullopt},
                                                   {"local", std::nullopt},
                                                   {"http", Transport::Http},
                                                   {"streamable-http", Transport::Http},
                                                   {"streamableHttp", Transport::Http},
                                                   {"streamable_http", Transport::Http},
                                                   {"remote", Transport::Auto},
                                                   {"sse", Transport::Sse}};
  const auto kind = reader.choice(at, kinds);
  if (kind && *kind) remote_of(server).transport = **kind;
}

bool is_given(const Place& at, const char* key) {
  const Value value = at.value.find(key);
  return value && !value.is(NodeKind::Null);
}

}  // namespace

std::vector<Member> remote_members(Reader& reader, ServerConfig& server) {
  std::vector<Member> members = {
      {"url", [&](const Place& p) { read_url(reader, p, server); }},
      {"headers", [&](const Place& p) { read_headers(reader, p, server); }},
      {"allow_http",
       [&](const Place& p) {
         if (reader.flag(p).value_or(false)) remote_of(server).allow_http = true;
       }},
      {"auth",
       [&](const Place& p) {
         SignInConfig sign_in = read_sign_in(reader, p);
         if (sign_in != SignInConfig{}) remote_of(server).sign_in = std::move(sign_in);
       }},
      {"accounts",
       [&](const Place& p) {
         auto accounts = read_accounts(reader, p);
         if (!accounts.empty()) remote_of(server).accounts = std::move(accounts);
       }},
      {"type", [&](const Place& p) { read_transport(reader, p, server); }}};
  for (const char* key : kUrlKeys)
    members.push_back({key, [&](const Place& p) { read_url(reader, p, server); }, true});
  for (const char* key : {"transport", "transportType"})
    members.push_back({key, [&](const Place& p) { read_transport(reader, p, server); }, true});
  return members;
}

void check_remote(Reader& reader, const Place& at, const ServerConfig& server) {
  const bool command = is_given(at, "command");
  if (!server.remote) {
    if (!command)
      reader.fail(at, "config.value", "\"command\" or \"url\" is missing",
                  "write the program to start, or the URL of a remote server");
    return;
  }
  const RemoteConfig& remote = *server.remote;
  if (remote.url.empty()) {
    // An entry with an invalid URL has an error already.
    if (!is_given(at, "url"))
      reader.fail(
          at, "config.value", "\"url\" is missing, although other keys are for a URL",
          "write the URL of the remote server, or remove the keys that are for remote servers");
    return;
  }
  for (const char* key : {"command", "args", "env", "env_pass", "cwd", "stdio"})
    if (is_given(at, key))
      reader.fail(at, "config.value",
                  fmt::format("\"{}\" is for a server that callgate starts, and \"url\" for one "
                              "that runs elsewhere",
                              key),
                  fmt::format("remove \"{}\" or \"url\"", key));
  const auto url = parse_url(remote.url);
  if (url && !url->https && !url->is_loopback() && !remote.allow_http)
    reader.fail(
        at, "config.value",
        "the URL begins with http:, so others on the network can read and change everything",
        "write https:, or add \"allow_http\": true if you trust the network");
}

}  // namespace callgate
