// Parts of a registration's plan: the client's own rules about tools, the client's profile, and the
// variables that the client must pass on to callgate.
#pragma once

#include <string>
#include <vector>

#include "callgate/desktop/registration.h"

namespace callgate {

/// True if the plan adds the server to our configuration.
bool is_imported(const ServerImport& server);
/// True if both servers are started by the same command, or are reached at the same URL. `ours` may
/// reach the URL by a bridge.
bool is_same_target(const ServerConfig& ours, const ServerConfig& theirs);
/// Adds the client's own rules to the plan: to the plan's servers, its profile or its notes.
void apply_client_rules(const RegisterRequest& request, RegisterPlan& plan);
/// If other clients use our configuration and it has servers that this client did not have, gives
/// the client a profile with only the servers that it had. `ours` are the configuration's servers,
/// including the servers that the plan adds.
void keep_clients_apart(const RegisterRequest& request, const std::vector<ServerConfig>& ours,
                        RegisterPlan& plan);
/// Returns the names, sorted, of the variables in callgate's environment that these servers refer
/// to or that are passed on to them.
std::vector<std::string> variables_needed(const std::vector<ServerConfig>& servers);
/// Returns the names in `needed` of the variables that the client passes on only if our entry names
/// them.
std::vector<std::string> variables_to_hand_on(const ClientApp& client,
                                              const std::vector<std::string>& needed,
                                              const Machine& machine);

/// Finds the variables that the client gave to this server and that the server would no longer get.
/// If the request has `pass_env`, the server's new entry passes these variables on. Otherwise they
/// are reported in `imported.unpassed`.
void offer_variables(const RegisterRequest& request, ServerImport& imported);
/// For a server that our configuration has already: of the variables in `imported.unpassed`, keeps
/// only those that our server `ours` does not get either.
void keep_missed(const ServerConfig& ours, ServerImport& imported);

/// Adds to the plan a report of the servers in the client's other files. The plan does not change
/// those files.
void search_other_files(const RegisterRequest& request, RegisterPlan& plan);
/// Returns the folders that have to be created for this file, the outermost first.
std::vector<std::string> missing_folders(std::string path);

}  // namespace callgate
