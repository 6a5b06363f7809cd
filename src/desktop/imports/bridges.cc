#include "bridges.h"

#include <fmt/core.h>

#include <algorithm>
#include <charconv>

#include "callgate/base/ascii.h"
#include "callgate/base/path_text.h"
#include "callgate/base/text.h"
#include "callgate/base/url.h"
#include "callgate/config/secret_names.h"
#include "callgate/desktop/server_import.h"
#include "callgate/wire/message.h"
#include "server_json.h"
#include "variables.h"

namespace callgate {

namespace {

using CommandWords = std::vector<std::string>;
using Transport = RemoteConfig::Transport;
using Way = SignInConfig::Way;

constexpr const char* kMcpRemote = "mcp-remote";
constexpr const char* kSupergateway = "supergateway";

/// Reads "Name: value" and "Name:value". The bridges ignore a header of another form.
bool read_header_line(std::string_view line, bool inherited, OwnVariables& variables,
                      RemoteConfig& remote) {
  const size_t colon = line.find(':');
  const std::string_view name = line.substr(0, colon);
  if (colon == std::string_view::npos || !is_token(name)) return false;
  std::string value(trimmed(line.substr(colon + 1)));
  if (inherited) value = variables.replaced(value, true);
  remote.headers.emplace_back(name, std::move(value));
  return true;
}

/// Reads the arguments of mcp-remote.
class McpRemoteReader {
 public:
  McpRemoteReader(OwnVariables& variables, BridgedServer& out)
      : variables_(variables), out_(out), remote_(out.remote) {}

  bool run(const CommandWords& args) {
    CommandWords rest;  // mcp-remote takes out the headers first, so the URL may follow them
    for (size_t i = 0; i < args.size(); ++i) {
      if (args[i] != "--header")
        rest.push_back(args[i]);
      else if (++i == args.size() || !read_header_line(args[i], true, variables_, remote_))
        return false;
    }
    if (rest.empty() || rest[0].starts_with('-')) return false;
    remote_.url = rest[0];
    size_t at = 1;
    if (at < rest.size() && read_port(rest[at])) ++at;
    while (at < rest.size()) {
      if (read_flag(rest[at])) {
        ++at;
      } else if (at + 1 < rest.size() && read_option(rest[at], rest[at + 1])) {
        at += 2;
      } else {
        return false;
      }
    }
    return settle_client();
  }

 private:
  bool read_port(const std::string& word) {
    const char* const end = word.data() + word.size();
    const auto [rest, error] = std::from_chars(word.data(), end, port_);
    return error == std::errc() && rest == end && port_ > 0;
  }

  bool read_flag(const std::string& word) {
    if (contains({"--allow-http", "--debug", "--enable-proxy", "--silent"}, word)) return true;
    if (contains({"--disable-cookies", "--keep-alive"}, word))
      return out_.left_out.push_back(word), true;
    if (word == "--disable-resource-parameter") return remote_.sign_in.omit_resource = true;
    if (word != "--device-code" && word != "--client-credentials") return false;
    remote_.sign_in.way = word == "--device-code" ? Way::DeviceCode : Way::ClientCredentials;
    return true;
  }

  bool read_option(const std::string& name, const std::string& value) {
    if (contains({"--auth-timeout", "--body-timeout", "--connect-timeout", "--headers-timeout",
                  "--ping-interval"},
                 name))
      return out_.left_out.push_back(name), true;
    if (name == "--transport") return read_transport_of_bridge(value);
    // Callgate finds out by itself which revisions the server knows.
    if (name == "--protocol") return value == "auto" || value == "legacy";
    if (name == "--host") return host_ = value, true;
    if (name == "--callback-path") return path_ = value, value.starts_with('/');
    // Callgate sends the resource that the server's metadata name, which is usually the URL.
    if (name == "--resource") return value == remote_.url;
    // --ignore-tool is not understood, because it ignores the case of letters, and "hide" does not:
    // a tool that is hidden today must not become visible.
    if (name == "--client-metadata-url") return remote_.sign_in.client_document = value, true;
    if (name == "--authorize-param") return read_parameter(value);
    if (name == "--static-oauth-client-info") return read_client(value);
    return name == "--static-oauth-client-metadata" && read_metadata(value);
  }

  bool read_transport_of_bridge(const std::string& word) {
    if (word == "http-only") remote_.transport = Transport::Http;
    if (word == "sse-only") remote_.transport = Transport::Sse;
    return contains({"http-only", "sse-only", "http-first", "sse-first"}, word);
  }

  bool read_parameter(const std::string& text) {
    const size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0) return false;
    remote_.sign_in.parameters.emplace_back(text.substr(0, equals), text.substr(equals + 1));
    return true;
  }

  bool read_client(const std::string& text) {
    Walker walker;
    const auto json = walker.walk(variables_.replaced(text, true));
    if (!json || !(*json)->root().is_object()) return false;
    SignInConfig::Client& client = remote_.sign_in.client;
    for (Value each : (*json)->root()) {
      const bool id = each.key_is("client_id");
      if (!each.is_string() || (!id && !each.key_is("client_secret"))) return false;
      (id ? client.id : client.secret) = each.text();
    }
    // In our configuration, the id cannot have references.
    return !client.id.empty() && client.id.find('$') == std::string::npos;
  }

  bool read_metadata(const std::string& text) {
    Walker walker;
    const auto json = walker.walk(text);
    if (!json || !(*json)->root().is_object()) return false;
    for (Value each : (*json)->root()) {
      if (!each.is_string() || !each.key_is("scope")) return false;
      remote_.sign_in.scopes = split_at_blanks(each.text());
    }
    return true;
  }

  /// Keeps the address to which the browser returns, because the server compares it with the
  /// address that is registered for the client.
  bool settle_client() {
    SignInConfig& sign_in = remote_.sign_in;
    if (sign_in.way == Way::ClientCredentials) return !sign_in.client.id.empty();
    if (sign_in.way == Way::DeviceCode) return true;
    if (sign_in.client.id.empty() && sign_in.client_document.empty()) return true;
    sign_in.redirect_uri = fmt::format("http://{}:{}{}", host_, port_, path_);
    return port_ > 0;  // otherwise mcp-remote computes the port from its arguments
  }

  OwnVariables& variables_;
  BridgedServer& out_;
  RemoteConfig& remote_;
  uint16_t port_ = 0;
  std::string host_ = "localhost", path_ = "/oauth/callback";
};

/// Reads the arguments of supergateway, which also knows the form --name=value.
bool read_supergateway(const CommandWords& args, OwnVariables& variables, RemoteConfig& remote) {
  for (size_t i = 0; i < args.size(); ++i) {
    const size_t equals = args[i].find('=');
    const std::string name = args[i].substr(0, equals);
    if (equals == std::string::npos && ++i == args.size()) return false;
    const std::string value = equals == std::string::npos ? args[i] : args[i].substr(equals + 1);
    if (name == "--sse" || name == "--streamableHttp") {
      if (!remote.url.empty()) return false;
      remote.url = value;
      remote.transport = name == "--sse" ? Transport::Sse : Transport::Http;
    } else if (name == "--header") {
      if (!read_header_line(value, false, variables, remote)) return false;
    } else if (name == "--oauth2Bearer") {
      remote.headers.emplace_back("Authorization", "Bearer " + value);
    } else if (name != "--logLevel" && (name != "--outputTransport" || value != "stdio")) {
      return false;
    }
  }
  return !remote.url.empty();
}

std::string package_without_version(const std::string& word) {
  return word.substr(0, word.find('@'));
}

/// Returns how many words at the beginning only start the program that runs a package; nullopt if
/// they start something else.
std::optional<size_t> words_of_launcher(const CommandWords& words) {
  const std::string_view program = base_name(words[0]);
  const std::string second = words.size() > 1 ? words[1] : "";
  size_t at = 0;
  if (program == "npx" || program == "bunx") at = 1;
  if (program == "npm" && (second == "exec" || second == "x")) at = 2;
  if ((program == "pnpm" || program == "yarn") && second == "dlx") at = 2;
  if (program == "bun" && second == "x") at = 2;
  if (at == 0) return std::nullopt;
  while (at < words.size() && contains({"-y", "--yes", "--bun", "--"}, words[at])) ++at;
  return at;
}

/// Returns the name of the bridge, and sets `args` to its arguments; "" if the command starts
/// something else.
std::string bridge_of(const CommandWords& words, CommandWords& args) {
  std::string name(base_name(words[0]));
  size_t at = 0;
  if (const auto launcher = words_of_launcher(words)) {
    at = *launcher;
    name = at < words.size() ? package_without_version(words[at]) : "";
  } else if (name == "node" && words.size() > 1) {
    at = 1;
    if (words[1].ends_with("/node_modules/mcp-remote/dist/proxy.js")) name = kMcpRemote;
    if (words[1].ends_with("/node_modules/supergateway/dist/index.js")) name = kSupergateway;
  }
  if (name != kMcpRemote && name != kSupergateway) return "";
  args.assign(words.begin() + static_cast<std::ptrdiff_t>(at) + 1, words.end());
  return name;
}

}  // namespace

std::vector<std::string> split_at_blanks(std::string_view text) {
  std::vector<std::string> words;
  for (size_t at = 0; (at = text.find_first_not_of(' ', at)) != std::string_view::npos;) {
    const size_t end = std::min(text.find(' ', at), text.size());
    words.emplace_back(text.substr(at, end - at));
    at = end;
  }
  return words;
}

void OwnVariables::use(std::string_view name) {
  for (const auto& each : all_)
    if (each.first == name) used_.emplace(name);
}

std::string OwnVariables::replaced(std::string_view text, bool inherited) {
  std::string out;
  while (!text.empty()) {
    size_t taken = text.starts_with("$$") ? 2 : 1;
    if (text.starts_with("${"))
      taken = std::min(closing_brace(text, 2), text.size() - 1) + 1;  // a reference
    std::string_view name;
    if (text.starts_with("$${"))
      if (const size_t end = text.find('}'); end != std::string_view::npos)
        name = text.substr(3, end - 3);
    const auto own = std::find_if(all_.begin(), all_.end(),
                                  [name](const auto& each) { return each.first == name; });
    if (is_variable_name(name) && (own != all_.end() || inherited)) {
      out += own != all_.end() ? own->second : fmt::format("${{env:{}}}", name);
      use(name);
      taken = name.size() + 4;
    } else {
      out += text.substr(0, taken);
    }
    text.remove_prefix(taken);
  }
  return out;
}

std::optional<BridgedServer> read_bridge(const std::vector<std::string>& words,
                                         const NamedTexts& env) {
  CommandWords args;
  BridgedServer out;
  out.bridge = words.empty() ? "" : bridge_of(words, args);
  if (out.bridge.empty()) return std::nullopt;
  OwnVariables variables(env);
  variables.use("PATH");                   // only finds the bridge
  variables.use("MCP_REMOTE_CONFIG_DIR");  // only names the folder for the bridge's tokens
  const bool read = out.bridge == kMcpRemote ? McpRemoteReader(variables, out).run(args)
                                             : read_supergateway(args, variables, out.remote);
  if (!read || !variables.all_used()) return std::nullopt;
  const auto url = parse_url(out.remote.url);
  out.remote.allow_http = url && !url->https && !url->is_loopback();
  return out;
}

NamedTexts variables_of_process(const ServerConfig& server) {
  NamedTexts all = server.env;
  for (const std::string& name : server.env_pass)
    if (std::none_of(all.begin(), all.end(), [&](const auto& each) { return each.first == name; }))
      all.emplace_back(name, "${env:" + name + "}");
  return all;
}

ServerConfig reached_directly(ServerConfig server, const BridgedServer& bridged) {
  server.remote = bridged.remote;
  server.era = ServerEra::Auto;
  server.command.clear();
  server.args.clear();
  server.env.clear();
  server.env_pass.clear();
  server.cwd.clear();
  return server;
}

std::optional<ServerConfig> without_bridge(const ServerConfig& server) {
  if (server.remote) return std::nullopt;
  CommandWords words{escaped_text(server.command)};
  for (const std::string& arg : server.args) words.push_back(escaped_text(arg));
  const auto bridged = read_bridge(words, variables_of_process(server));
  if (!bridged) return std::nullopt;
  ServerConfig direct = reached_directly(server, *bridged);
  if (why_invalid(direct)) return std::nullopt;
  return direct;
}

}  // namespace callgate
