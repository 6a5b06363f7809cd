// Parts of a registration's plan: what the client forbids by name, what it alone shall see, which
// variables it has to hand on.
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
/// configuration and it has more. `ours`: the configuration's servers, those of the plan included.
void keep_clients_apart(const RegisterRequest& request, const std::vector<ServerConfig>& ours,
                        RegisterPlan& plan);
/// Names of our own variables that these servers refer to or are passed, sorted.
std::vector<std::string> variables_needed(const std::vector<ServerConfig>& servers);
/// Those of them that the client hands on only if our entry names them.
std::vector<std::string> variables_to_hand_on(const ClientApp& client,
                                              const std::vector<std::string>& needed,
                                              const Machine& machine);

/// Names what the client gave to this server and it will not get, or passes it on if that is wanted.
void offer_variables(const RegisterRequest& request, Takeover& takeover);
/// Of what was named, what the same server of ours does not get either.
void keep_missed(const ServerConfig& ours, Takeover& takeover);

/// The same client's other places, which the plan does not touch.
void look_elsewhere(const RegisterRequest& request, RegisterPlan& plan);
/// Folders that have to be made for this file, the outermost first.
std::vector<std::string> missing_folders(std::string path);

}  // namespace callgate
