// Reads what a client's own settings forbid, ask about or switch off by name, and translates it to
// our names. It would be lost otherwise, because every tool has another name behind callgate.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "callgate/desktop/clients.h"

namespace callgate {

inline constexpr const char* kOwnName = "callgate";  ///< the name of our entry in clients' files
/// The limits for one list, because a project's file may come from anybody.
inline constexpr size_t kMostRules = 4096, kLongestRule = 256;

/// A server as the client calls it, and as our configuration does.
struct ServerNames {
  std::string theirs, ours;
};

struct ClientRules {
  std::vector<std::string> deny, ask;  ///< globs on `server__tool`
  std::vector<std::string> off;        ///< our names of the servers that the client does not start
  /// By our name of a server: the globs of the only tools that clients may see.
  std::map<std::string, std::vector<std::string>> only;
  std::vector<std::string> notes;  ///< what the user has to write by hand
};

/// Reads every settings file of the client that is known to hold such rules. A file that is missing
/// or not valid counts as one without rules.
ClientRules read_client_rules(const FoundFile& file, const Machine& machine,
                              const std::vector<ServerNames>& servers);

/// Returns a note about a file of which not every rule was read.
std::string rules_left_out(const std::string& path);
/// Returns a server's name as clients write it into a tool's name.
std::string in_tool_names(const std::string& server);
/// Returns the key that Goose makes from an extension's name.
std::string goose_key(std::string_view name);

/// Returns what may be left of a glob after a literal text that it begins to match; empty if it
/// can't match.
std::vector<std::string> glob_after(std::string_view glob, std::string_view literal);

}  // namespace callgate
