// Reads which tools a client's own settings forbid, ask about or switch off, and translates these
// rules to our names. Otherwise the rules would no longer match after a registration, because the
// client then sees every tool under another name.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "callgate/desktop/clients.h"

namespace callgate {

inline constexpr const char* kOwnName = "callgate";  ///< the name of our entry in clients' files
/// The limits for one list, because a project's file may come from a stranger.
inline constexpr size_t kMostRules = 4096, kLongestRule = 256;

/// A server's name in the client's file, and its name in our configuration.
struct ServerNames {
  std::string theirs, ours;
};

struct ClientRules {
  std::vector<std::string> deny, ask;  ///< globs on `server__tool`
  std::vector<std::string> off;        ///< our names of the servers that the client does not start
  /// Maps our name of a server to globs: clients may see only tools that match one of them.
  std::map<std::string, std::vector<std::string>> only;
  std::vector<std::string> notes;  ///< what the user has to write by hand
};

/// Reads every settings file of the client that may hold such rules (rule_sources() lists them). A
/// file that is missing or not valid counts as a file without rules.
ClientRules read_client_rules(const FoundFile& file, const Machine& machine,
                              const std::vector<ServerNames>& servers);

/// Returns the note for a file with rules that were not read because of the limits above.
std::string rules_left_out(const std::string& path);
/// Returns a server's name in the form in which clients put it into tools' names.
std::string in_tool_names(const std::string& server);
/// Returns the key that Goose makes from an extension's name.
std::string goose_key(std::string_view name);

/// Matches the beginning of a glob with a literal text, and returns the possible rests of the glob
/// after it; empty if the glob can't begin with this text. For example, "a*_b" after "a_" leaves
/// "*_b" and "b".
std::vector<std::string> glob_after(std::string_view glob, std::string_view literal);

}  // namespace callgate
