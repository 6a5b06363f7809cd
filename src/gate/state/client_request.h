// A request of a client, as the parts of the gate refer to it.
#pragma once

#include <cstddef>
#include <string>

#include "callgate/gate/ports.h"
#include "callgate/protocol/translate.h"

namespace callgate {

/// Identifies a request of a client: the bytes of its id, and the link's exchange that it came
/// with.
struct ClientRequest {
  std::string id;  // empty if it could not be read
  Exchange exchange = 0;
  Era era = Era::Legacy;
};

inline constexpr size_t kLongestId = 1024;  ///< bytes of a request id

}  // namespace callgate
