#include "callgate/wire/libraries.h"

#include <fmt/core.h>
#include <simdjson.h>

namespace callgate {

std::string wire_libraries() {
  return fmt::format("simdjson {}.{}.{} ({})", simdjson::SIMDJSON_VERSION_MAJOR,
                     simdjson::SIMDJSON_VERSION_MINOR, simdjson::SIMDJSON_VERSION_REVISION,
                     simdjson::get_active_implementation()->name());
}

}  // namespace callgate
