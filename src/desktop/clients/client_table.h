// The rows of the table of clients.
#pragma once

#include <vector>

#include "callgate/desktop/clients.h"

namespace callgate {

std::vector<ClientApp> client_table();

}  // namespace callgate
