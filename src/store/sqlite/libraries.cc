#include "callgate/store/libraries.h"

#include <sqlite3.h>

namespace callgate {

std::string store_libraries() { return std::string("SQLite ") + sqlite3_libversion(); }

}  // namespace callgate
