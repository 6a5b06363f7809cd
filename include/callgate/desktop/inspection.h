// How clients' files are, for `callgate doctor`. Blocking; changes nothing.
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
  std::string command;     ///< as the client has it
  std::string config;      ///< the value of --config; empty: none
  std::string profile;     ///< the value of --profile; empty: none
  std::vector<std::string> passed;  ///< names of variables that it sets or hands on
  bool disabled = false;   ///< the client does not start it
  bool reachable = false;  ///< a program is there: absolute and executable, or a bare name
};

struct ClientLook {
  FoundFile file;
  std::optional<Error> error;  ///< the file can't be read; the rest is empty
  std::vector<CallgateEntry> own;
  std::vector<std::string> others;           ///< enabled servers beside
  std::optional<Registration> registration;  ///< the newest of this file that is not undone
};

/// Variables that these servers refer to or are passed, that are set in `machine`, and that the
/// client keeps from callgate as it starts it by this entry. Sorted.
std::vector<std::string> variables_withheld(const ClientApp& client, const CallgateEntry& entry,
                                            const std::vector<ServerConfig>& servers,
                                            const Machine& machine);

/// All variables that are set in `machine` and that the client keeps from callgate then.
std::vector<std::string> variables_withheld(const ClientApp& client, const CallgateEntry& entry,
                                            const Machine& machine);

/// Every file of a client that exists or that we have registered in. `binary`: ours.
std::vector<ClientLook> look_at_clients(const Machine& machine, const Places& places,
                                        const std::string& binary);

}  // namespace callgate
