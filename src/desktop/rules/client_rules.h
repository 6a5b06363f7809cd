// Reads the rules about tools in a client's own settings: which tools are forbidden, switched off,
// or need the user's consent. Translates these rules to our names. Without the translation, the
// rules would no longer match after a registration, because the client then sees every tool under
// another name.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "callgate/desktop/clients.h"

namespace callgate {

inline constexpr const char* kOwnName = "callgate";  ///< the name of our entry in clients' files
/// Limits for one list of rules. They are needed because a project's file may come from a stranger.
inline constexpr size_t kMostRules = 4096, kLongestRule = 256;

/// A server's name in the client's file, and its name in our configuration.
struct ServerNames {
  std::string theirs, ours;
};

struct ClientRules {
  std::vector<std::string> deny, ask;  ///< globs on `server__tool`
  std::vector<std::string> off;        ///< our names of the servers that the client does not start
  /// Maps our name of a server to globs. Clients may see only the server's tools that match one of
  /// these globs.
  std::map<std::string, std::vector<std::string>> only;
  std::vector<std::string> notes;  ///< what the user has to write by hand
};

/// Reads every settings file of the client that may hold such rules (rule_sources() lists them). A
/// file that is missing or not valid counts as a file without rules.
ClientRules read_client_rules(const FoundFile& file, const Machine& machine,
                              const std::vector<ServerNames>& servers);

/// Returns the note for a file whose list has more or longer rules than kMostRules and kLongestRule
/// allow.
std::string rules_left_out(const std::string& path);
/// Returns a server's name in the form in which clients put it into tools' names.
std::string in_tool_names(const std::string& server);
/// Returns the key that Goose makes from an extension's name.
std::string goose_key(std::string_view name);

/// Matches the beginning of a glob with a literal text. Returns each part of the glob that may be
/// left after the text; empty if the glob can't begin with this text. For example, the glob "a*_b"
/// and the text "a_" give "*_b" and "b".
std::vector<std::string> glob_after(std::string_view glob, std::string_view literal);

}  // namespace callgate
