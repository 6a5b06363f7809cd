#include "callgate/wire/libraries.h"

#include <fmt/core.h>
#include <simdjson.h>

namespace callgate {

std::string wire_libraries() {
  return fmt::format("simdjson {}.{}.{} ({})", int(simdjson::SIMDJSON_VERSION_MAJOR),
                     int(simdjson::SIMDJSON_VERSION_MINOR),
                     int(simdjson::SIMDJSON_VERSION_REVISION),
                     simdjson::get_active_implementation()->name());
}

}  // namespace callgate
