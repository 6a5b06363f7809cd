// Parts of a registration's plan: what the client forbids by name, what it alone may see, and which
// variables it must pass on.
#pragma once

#include <string>
#include <vector>

#include "callgate/desktop/registration.h"

namespace callgate {

/// True for servers that are new to our configuration with this plan.
bool is_taken(const Takeover& server);
/// Puts the client's own rules into the servers of the plan, its profile and its notes.
void apply_client_rules(const RegisterRequest& request, RegisterPlan& plan);
/// Gives the client a profile with the servers that it had, if other clients share our
/// configuration and it has more servers. `ours` are the configuration's servers, including those
/// of the plan.
void keep_clients_apart(const RegisterRequest& request, const std::vector<ServerConfig>& ours,
                        RegisterPlan& plan);
/// Returns the names of our own variables, sorted, that these servers refer to or are passed.
std::vector<std::string> variables_needed(const std::vector<ServerConfig>& servers);
/// Returns those of them that the client passes on only if our entry names them.
std::vector<std::string> variables_to_hand_on(const ClientApp& client,
                                              const std::vector<std::string>& needed,
                                              const Machine& machine);

/// Reports the variables that the client gave to this server and that it will not get, or passes
/// them on if the request wants that.
void offer_variables(const RegisterRequest& request, Takeover& takeover);
/// Keeps, of the reported variables, only those that the same server of ours does not get either.
void keep_missed(const ServerConfig& ours, Takeover& takeover);

/// Finds the same client's other files, which the plan does not change.
void look_elsewhere(const RegisterRequest& request, RegisterPlan& plan);
/// Returns the folders that have to be created for this file, the outermost first.
std::vector<std::string> missing_folders(std::string path);

}  // namespace callgate
