// Inspects clients' files, for `callgate doctor`. Blocking; changes nothing.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/config/config.h"
#include "callgate/desktop/clients.h"
#include "callgate/desktop/registration.h"

namespace callgate {

/// An entry that starts callgate.
struct CallgateEntry {
  std::string name;
  std::string command;              ///< as in the client's file
  std::string config;               ///< the value of --config; may be empty
  std::string profile;              ///< the value of --profile; may be empty
  std::vector<std::string> passed;  ///< names of the variables that it sets or passes on
  bool disabled = false;            ///< the client does not start it
  bool reachable = false;           ///< the command is executable or a bare name
};

struct ClientLook {
  FoundFile file;
  std::optional<Error> error;  ///< the file can't be read, and the rest is empty
  std::vector<CallgateEntry> own;
  std::vector<std::string> others;           ///< the other enabled servers
  std::optional<Registration> registration;  ///< the newest one of this file that is not undone
};

/// Returns the variables, sorted, that these servers refer to or are passed and that are set in
/// `machine`, but that the client keeps from callgate when it starts it by this entry.
std::vector<std::string> variables_withheld(const ClientApp& client, const CallgateEntry& entry,
                                            const std::vector<ServerConfig>& servers,
                                            const Machine& machine);

/// Returns all variables that are set in `machine` and that the client keeps from callgate when it
/// starts it by this entry.
std::vector<std::string> variables_withheld(const ClientApp& client, const CallgateEntry& entry,
                                            const Machine& machine);

/// Inspects every file of a client that exists or in which we have registered. `binary` is our
/// program.
std::vector<ClientLook> look_at_clients(const Machine& machine, const Places& places,
                                        const std::string& binary);

}  // namespace callgate
