// Every command's door: declares its arguments and says what to run.
#pragma once

#include "syntax.h"

namespace callgate {

Run add_call(Syntax& syntax);
Run add_demo(Syntax& syntax);
Run add_demo_server(Syntax& syntax);
Run add_history_list(Syntax& syntax);
Run add_history_prune(Syntax& syntax);
Run add_history_search(Syntax& syntax);
Run add_history_show(Syntax& syntax);
Run add_history_sql(Syntax& syntax);
Run add_history_stats(Syntax& syntax);
Run add_history_tail(Syntax& syntax);
Run add_policy_check(Syntax& syntax);
Run add_policy_explain(Syntax& syntax);
Run add_serve(Syntax& syntax);
Run add_stdio(Syntax& syntax);
Run add_tools_list(Syntax& syntax);
Run add_tools_show(Syntax& syntax);

}  // namespace callgate
