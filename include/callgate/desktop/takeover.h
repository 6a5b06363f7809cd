// What becomes of a client's servers when they move behind callgate.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "callgate/config/config.h"
#include "callgate/desktop/clients.h"

namespace callgate {

/// The bridge between stdio and a server that is reached by URL, its version pinned.
inline constexpr std::string_view kBridge = "mcp-remote@0.15.1";

enum class TakeoverVerdict {
  Take,       ///< as it is
  Bridge,     ///< it had a URL: through kBridge
  Present,    ///< our configuration has it already
  Stay,       ///< it can't be taken over: `why` says what stands in the way; the client keeps it
  Ourselves,  ///< it is callgate
};

struct Takeover {
  std::string name;  ///< in the client's file
  TakeoverVerdict verdict = TakeoverVerdict::Take;
  ServerConfig server;  ///< as our configuration will have it; its name differs from `name` when
                        ///< that was taken
  std::string why;
  std::vector<std::string> notes;  ///< what is different from now on
  std::vector<std::string> asked;  ///< secrets to set: what the client asks a person for
  std::vector<std::string>
      secrets;  ///< where secrets stand in plain text: variables' names, or "args"
  /// Variables that are set now, that the client gave to the server and that it plausibly reads
  /// (variables_missed); it does not get them from now on.
  std::vector<std::string> unpassed;
};

/// The text with every secret that its shape gives away replaced by kHidden.
using SecretHider = std::function<std::string(const std::string&)>;
inline constexpr std::string_view kHidden = "\u2022\u2022\u2022";
/// Arguments fit to be shown: secrets hidden by their shape, by the option or name in front of them
/// and by the parameter of a URL that they are.
std::vector<std::string> shown_arguments(const std::vector<std::string>& args,
                                         const SecretHider& hide);
/// References as they are; anything else hidden.
std::string shown_variable(std::string_view value);
/// Does a secret stand in plain text in this value of `env`?
bool is_plain_secret(const std::string& name, const std::string& value, const SecretHider& hide);
/// Every place of a server where a secret stands in plain text.
std::vector<std::string> plain_secrets(const ServerConfig& server, const SecretHider& hide);
/// For a shell, as few quotes as can be.
std::string shell_line(const std::string& command, const std::vector<std::string>& args);

/// One entry of a client, given as a JSON object. Never fails: what can't be is said.
Takeover take_over(const std::string& name, std::string_view json, const FoundFile& file,
                   const Machine& machine);

/// Is this command callgate, be it through a shell or env? `self` is our binary.
bool starts_callgate(const std::string& command, const std::vector<std::string>& args,
                     const std::string& self);

}  // namespace callgate
