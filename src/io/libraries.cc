#include "callgate/io/libraries.h"

#include <uv.h>

namespace callgate {

std::string io_libraries() { return std::string("libuv ") + uv_version_string(); }

}  // namespace callgate
