// Decides what happens to a client's servers when they are imported into our configuration.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/config/config.h"
#include "callgate/desktop/clients.h"

namespace callgate {

/// The bridge between stdio and a server with a URL, with a pinned version.
inline constexpr std::string_view kBridge = "mcp-remote@0.15.1";

enum class TakeoverVerdict {
  Take,     ///< the server is imported unchanged
  Bridge,   ///< the server has a URL and is imported through kBridge
  Present,  ///< our configuration has the server already
  /// The server can't be imported and the client keeps it; `why` has the reason.
  Stay,
  Ourselves,  ///< the entry is callgate itself
};

struct Takeover {
  std::string name;  ///< in the client's file
  TakeoverVerdict verdict = TakeoverVerdict::Take;
  /// The server as our configuration will have it. Its name differs from `name` if that name was in
  /// use.
  ServerConfig server;
  std::string why;
  std::vector<std::string> notes;  ///< what changes with the import
  /// Secrets that must be set, because the client asks the user for them.
  std::vector<std::string> asked;
  /// Where secrets are in plain text: names of variables, or "args".
  std::vector<std::string> secrets;
  /// Variables that are set now, that the client gave to the server and that the server probably
  /// reads (variables_missed), but that it does not get from now on.
  std::vector<std::string> unpassed;
};

/// Returns the text with kHidden in place of every secret that is recognised by its shape.
using SecretHider = std::function<std::string(const std::string&)>;
inline constexpr std::string_view kHidden = "\u2022\u2022\u2022";
/// Returns the arguments in a form that may be shown. Secrets are hidden that are recognised by
/// their shape, by the option or name in front of them, or as the parameter of a URL.
std::vector<std::string> shown_arguments(const std::vector<std::string>& args,
                                         const SecretHider& hide);
/// Returns references as they are and hides any other value.
std::string shown_variable(std::string_view value);
/// True if this value of `env` is a secret in plain text.
bool is_plain_secret(const std::string& name, const std::string& value, const SecretHider& hide);
/// Returns every place of a server where a secret is in plain text.
std::vector<std::string> plain_secrets(const ServerConfig& server, const SecretHider& hide);
/// Writes a command line for a shell, with as few quotes as possible.
std::string shell_line(const std::string& command, const std::vector<std::string>& args);

/// Converts one entry of a client, given as a JSON object. Never fails: the result names what can't
/// be imported.
Takeover take_over(const std::string& name, std::string_view json, const FoundFile& file,
                   const Machine& machine);

/// True if this command starts callgate, also through a shell or env. `self` is our binary.
bool starts_callgate(const std::string& command, const std::vector<std::string>& args,
                     const std::string& self);

}  // namespace callgate
