// Examines a server's sign-in, and waits for the end.
#pragma once

#include "auth_server.h"
#include "callgate/app/sign_in_check.h"

namespace callgate {

SignInCheckEnd check_sign_in(Loop& loop, const LoginOptions& options);

}  // namespace callgate
