// Finds the parts of a server's configuration that must not be shown, and the secrets that the
// configuration has in plain text.
#include <algorithm>

#include "callgate/config/secret_names.h"
#include "callgate/desktop/server_import.h"
#include "variables.h"

namespace callgate {

namespace {

/// True for a value that is only a reference, such as "${TOKEN}".
bool is_reference(std::string_view value) {
  return value.starts_with("${") && value.find('}') == value.size() - 1;
}

/// Returns where the secret value begins in "--key=VALUE", "KEY=VALUE" and "Name: VALUE"; npos if
/// the name means no secret or the value is only a reference.
size_t value_in(const std::string& arg) {
  const size_t at = arg.find_first_of("=:");
  if (at == std::string::npos || !names_a_secret(arg.substr(0, at))) return std::string::npos;
  if (arg.compare(at, 3, "://") == 0) return std::string::npos;
  const size_t value = arg.find_first_not_of(' ', at + 1);
  return value == std::string::npos || is_reference(arg.substr(value)) ? std::string::npos : value;
}

/// Hides the parameters of a URL that are secrets: ?api_key=VALUE&…
std::string without_parameters(std::string arg) {
  size_t at = arg.find("://") == std::string::npos ? std::string::npos : arg.find('?');
  while (at != std::string::npos && at < arg.size()) {
    const size_t equals = arg.find('=', at), end = std::min(arg.find('&', at + 1), arg.size());
    if (equals >= end) break;
    const std::string name = plain_word(arg.substr(at, equals - at));
    if (names_a_secret(name) || name == "key" || name == "auth") {
      arg.replace(equals + 1, end - equals - 1, kHidden);
      at = equals + 1 + kHidden.size();
    } else {
      at = end;
    }
  }
  return arg;
}

}  // namespace

std::vector<std::string> shown_arguments(const std::vector<std::string>& args,
                                         const SecretHider& hide) {
  std::vector<std::string> out;
  for (size_t i = 0; i < args.size(); ++i) {
    const std::string before = i > 0 ? args[i - 1] : "";
    const bool option =
        before.starts_with('-') && before.find('=') == std::string::npos && names_a_secret(before);
    if (option && !args[i].starts_with('-') && !is_reference(args[i])) {
      out.emplace_back(kHidden);
    } else if (const size_t value = value_in(args[i]); value != std::string::npos) {
      out.push_back(args[i].substr(0, value) + std::string(kHidden));
    } else {
      out.push_back(without_parameters(hide(args[i])));
    }
  }
  return out;
}

std::string shown_variable(std::string_view value) {
  size_t at = 0;
  while (at < value.size() && value.substr(at).starts_with("${")) {
    int depth = 0;
    for (; at < value.size(); ++at) {
      depth += value[at] == '{' ? 1 : 0;
      if (value[at] == '}' && --depth == 0) break;
    }
    ++at;
  }
  const bool whole = !value.empty() && at == value.size();
  return whole ? std::string(value) : std::string(kHidden);
}

bool is_plain_secret(const std::string& name, const std::string& value, const SecretHider& hide) {
  // A value with a reference, such as "Bearer ${env:X}", has no secret in plain text.
  const bool reference = value.find("${") != std::string::npos;
  return (!value.empty() && !reference && names_a_secret(name)) || hide(value) != value;
}

std::vector<std::string> plain_secrets(const ServerConfig& server, const SecretHider& hide) {
  std::vector<std::string> places;
  for (const auto& [name, value] : server.named_values())
    if (is_plain_secret(name, value, hide)) places.push_back(name);
  for (const auto& [name, value] : server.sign_in_values())
    if (references_in(value).empty()) places.push_back(name);
  if (server.remote && shown_arguments({server.remote->url}, hide)[0] != server.remote->url)
    places.emplace_back("url");
  if (shown_arguments(server.args, hide) != server.args) places.emplace_back("args");
  return places;
}

std::string shell_line(const std::string& command, const std::vector<std::string>& args) {
  std::string out = shell_quoted(command);
  for (const std::string& arg : args)
    out += " " + (arg.find(kHidden) == std::string::npos ? shell_quoted(arg) : arg);
  return out;
}

}  // namespace callgate
