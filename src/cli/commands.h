// One function for each command. The function declares the command's arguments in `syntax`. It
// returns another function, which runs the command after the arguments were parsed.
#pragma once

#include "syntax.h"

namespace callgate {

Run add_auth_doctor(Syntax& syntax);
Run add_auth_forget(Syntax& syntax);
Run add_auth_login(Syntax& syntax);
Run add_auth_logout(Syntax& syntax);
Run add_auth_status(Syntax& syntax);
Run add_call(Syntax& syntax);
Run add_clients_list(Syntax& syntax);
Run add_clients_pause(Syntax& syntax);
Run add_clients_resume(Syntax& syntax);
Run add_clients_revoke(Syntax& syntax);
/// `commands` and `groups` must outlive the returned function.
Run add_complete(Syntax& syntax, const std::vector<Command>& commands,
                 const std::vector<Group>& groups);
Run add_completion(Syntax& syntax);
Run add_config_check(Syntax& syntax);
Run add_config_init(Syntax& syntax);
Run add_config_path(Syntax& syntax);
Run add_config_schema(Syntax& syntax);
Run add_demo(Syntax& syntax);
Run add_demo_server(Syntax& syntax);
Run add_doctor(Syntax& syntax);
Run add_findings_clear(Syntax& syntax);
Run add_findings_explain(Syntax& syntax);
Run add_findings_list(Syntax& syntax);
Run add_findings_replay(Syntax& syntax);
Run add_history_list(Syntax& syntax);
Run add_history_prune(Syntax& syntax);
Run add_history_search(Syntax& syntax);
Run add_history_show(Syntax& syntax);
Run add_history_sql(Syntax& syntax);
Run add_history_stats(Syntax& syntax);
Run add_history_tail(Syntax& syntax);
Run add_import(Syntax& syntax);
Run add_policy_check(Syntax& syntax);
Run add_policy_explain(Syntax& syntax);
Run add_register(Syntax& syntax);
Run add_reload(Syntax& syntax);
Run add_report(Syntax& syntax);
Run add_secret_list(Syntax& syntax);
Run add_secret_move(Syntax& syntax);
Run add_secret_remove(Syntax& syntax);
Run add_secret_set(Syntax& syntax);
Run add_serve(Syntax& syntax);
Run add_servers_disable(Syntax& syntax);
Run add_servers_enable(Syntax& syntax);
Run add_servers_list(Syntax& syntax);
Run add_servers_logs(Syntax& syntax);
Run add_servers_restart(Syntax& syntax);
Run add_servers_show(Syntax& syntax);
Run add_status(Syntax& syntax);
Run add_shared_gate(Syntax& syntax);
Run add_stdio(Syntax& syntax);
Run add_stop(Syntax& syntax);
Run add_token_create(Syntax& syntax);
Run add_token_list(Syntax& syntax);
Run add_token_revoke(Syntax& syntax);
Run add_tools_list(Syntax& syntax);
Run add_tools_show(Syntax& syntax);
Run add_touched(Syntax& syntax);
Run add_unregister(Syntax& syntax);

}  // namespace callgate
