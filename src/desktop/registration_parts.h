// Parts of a registration's plan: the client's own rules about tools, the profile of this client,
// and the variables that it must pass on.
#pragma once

#include <string>
#include <vector>

#include "callgate/desktop/registration.h"

namespace callgate {

/// True if the plan adds the server to our configuration.
bool is_imported(const ServerImport& server);
/// Adds the client's own rules to the plan: to its servers, its profile or its notes.
void apply_client_rules(const RegisterRequest& request, RegisterPlan& plan);
/// Gives the client a profile with only the servers that the client had, if other clients share our
/// configuration and the configuration has more servers. `ours` are the configuration's servers,
/// including the servers that the plan adds.
void keep_clients_apart(const RegisterRequest& request, const std::vector<ServerConfig>& ours,
                        RegisterPlan& plan);
/// Returns the names, sorted, of the variables in callgate's environment that these servers refer
/// to or that are passed on to them.
std::vector<std::string> variables_needed(const std::vector<ServerConfig>& servers);
/// Returns the names in `needed` that the client passes on only if our entry names them.
std::vector<std::string> variables_to_hand_on(const ClientApp& client,
                                              const std::vector<std::string>& needed,
                                              const Machine& machine);

/// Finds the variables that the client gave to this server and that the server would no longer get.
/// Passes them on if the request has `pass_env`, and otherwise reports them.
void offer_variables(const RegisterRequest& request, ServerImport& imported);
/// For a server that our configuration has already: reports only the variables that `ours` does not
/// get either.
void keep_missed(const ServerConfig& ours, ServerImport& imported);

/// Adds to the plan a report of the servers in the same client's other files, which the plan does
/// not change.
void search_other_files(const RegisterRequest& request, RegisterPlan& plan);
/// Returns the folders that have to be created for this file, the outermost first.
std::vector<std::string> missing_folders(std::string path);

}  // namespace callgate
