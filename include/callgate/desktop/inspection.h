// Reads clients' files and reports how the clients start callgate, for `callgate doctor`. Blocking;
// changes nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/config/config.h"
#include "callgate/desktop/clients.h"
#include "callgate/desktop/registration.h"

namespace callgate {

/// An entry, in a client's file, by which the client starts callgate.
struct CallgateEntry {
  std::string name;
  std::string command;              ///< as in the client's file
  std::string config;               ///< the value of --config; may be empty
  std::string profile;              ///< the value of --profile; may be empty
  std::vector<std::string> passed;  ///< names of the variables that the entry sets or passes on
  bool disabled = false;            ///< the client does not start it
  bool reachable = false;           ///< the command is executable or a bare name
};

struct ClientInspection {
  FoundFile file;
  std::optional<Error> error;  ///< set if the file can't be read; then the members below are empty
  std::vector<CallgateEntry> own;
  std::vector<std::string> others;  ///< the other enabled servers
  /// The newest registration in this file that the user has not undone.
  std::optional<Registration> registration;
};

/// Returns, sorted, the variables that these servers need but that the client does not pass to
/// callgate by this entry. Leaves out variables that are not set in `machine`. A server needs a
/// variable if its configuration refers to the variable or passes it on.
std::vector<std::string> variables_withheld(const ClientApp& client, const CallgateEntry& entry,
                                            const std::vector<ServerConfig>& servers,
                                            const Machine& machine);

/// Returns all variables that are set in `machine` but that the client does not pass to callgate by
/// this entry.
std::vector<std::string> variables_withheld(const ClientApp& client, const CallgateEntry& entry,
                                            const Machine& machine);

/// Inspects every file of a client that exists or in which we have registered. `binary` is our
/// program.
std::vector<ClientInspection> inspect_clients(const Machine& machine, const Places& places,
                                              const std::string& binary);

}  // namespace callgate
