// Converts a client's servers into servers of our configuration, and decides which of them are
// imported.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/config/config.h"
#include "callgate/desktop/clients.h"

namespace callgate {

enum class ImportDecision {
  Take,     ///< the server is imported
  Present,  ///< our configuration has the server already
  /// The server can't be imported and the client keeps it; `why` has the reason.
  Stay,
  Ourselves,  ///< the entry is callgate itself
};

struct ServerImport {
  std::string name;  ///< the server's name in the client's file
  ImportDecision decision = ImportDecision::Take;
  /// The server as it will be in our configuration. Its name differs from `name` if our
  /// configuration already used that name.
  ServerConfig server;
  std::string why;
  std::vector<std::string> notes;  ///< what changes for the user with the import
  /// Secrets that the user must set, because so far the client asked the user for them.
  std::vector<std::string> asked;
  /// The places in which the entry has secrets in plain text (see plain_secrets()).
  std::vector<std::string> secrets;
  /// Variables that the client gave to the server and that the server probably reads (see
  /// variables_missed()), but that the server no longer gets when callgate starts it. Has only
  /// variables that are set now.
  std::vector<std::string> unpassed;
};

/// Returns the text with kHidden in place of every secret that is recognised by its shape.
using SecretHider = std::function<std::string(const std::string&)>;
inline constexpr std::string_view kHidden = "\u2022\u2022\u2022";
/// Returns the arguments in a form that may be shown. A secret is hidden if its own shape, the
/// option or name in front of it, or the name of the URL's parameter shows that it is a secret.
std::vector<std::string> shown_arguments(const std::vector<std::string>& args,
                                         const SecretHider& hide);
/// Returns the value of a variable in a form that may be shown. References are returned unchanged;
/// any other value is replaced by kHidden.
std::string shown_variable(std::string_view value);
/// True if the variable or HTTP header `name` of a server has a value that is a secret in plain
/// text.
bool is_plain_secret(const std::string& name, const std::string& value, const SecretHider& hide);
/// Returns the places in which a server's configuration has secrets in plain text: names of
/// variables or headers, names such as "auth.client_secret", "args" and "url".
std::vector<std::string> plain_secrets(const ServerConfig& server, const SecretHider& hide);
/// Writes a command line for a shell, with as few quotes as possible.
std::string shell_line(const std::string& command, const std::vector<std::string>& args);

/// Converts one entry of a client, given as a JSON object. Never fails: if the entry can't be
/// imported, the result has the decision Stay, and `why` has the reason.
ServerImport import_server(const std::string& name, std::string_view json, const FoundFile& file,
                           const Machine& machine);

/// If the server's command is a bridge to a URL, returns the server as callgate reaches it at that
/// URL by itself. Returns nullopt for any other command, and for a bridge whose arguments or
/// variables may have an effect that callgate does not know.
std::optional<ServerConfig> without_bridge(const ServerConfig& server);

/// True if this command starts callgate, also through a shell or env. `self` is our binary.
bool starts_callgate(const std::string& command, const std::vector<std::string>& args,
                     const std::string& self);

}  // namespace callgate
