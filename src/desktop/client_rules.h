// What a client's own settings forbid, ask about or switch off by name, in our names: it would be
// lost otherwise, as every tool has another name behind callgate.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "callgate/desktop/clients.h"

namespace callgate {

inline constexpr const char* kOwnName = "callgate";  ///< of our entry in clients' files
/// What is read of one list, as a project's file may come from anybody.
inline constexpr size_t kMostRules = 4096, kLongestRule = 256;

/// A server as the client calls it, and as our configuration does.
struct ServerNames {
  std::string theirs, ours;
};

struct ClientRules {
  std::vector<std::string> deny, ask;  ///< globs on `server__tool`
  std::vector<std::string> off;        ///< servers that the client does not start, by our name
  /// By our name of the server: only tools that match one of these globs are to be seen.
  std::map<std::string, std::vector<std::string>> only;
  std::vector<std::string> notes;  ///< what a person has to write by hand
};

/// Reads every settings file of the client that is known to hold such rules. A file that is missing
/// or not valid has none.
ClientRules read_client_rules(const FoundFile& file, const Machine& machine,
                              const std::vector<ServerNames>& servers);

/// A note about a file of which not everything was read.
std::string rules_left_out(const std::string& path);
/// As clients write a server's name into a tool's.
std::string in_tool_names(const std::string& server);
/// As Goose makes the key of an extension from its name.
std::string goose_key(std::string_view name);

/// What is left of a glob after a literal text that it begins to match; none: it can't match.
std::vector<std::string> glob_after(std::string_view glob, std::string_view literal);

}  // namespace callgate
