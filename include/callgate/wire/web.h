// One HTTP request to a remote server and its answer, as values. The room that decides what to ask
// and the room that has the connection share these types.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "callgate/base/ascii.h"

namespace callgate {

/// Names and values of HTTP fields. Names are compared without regard to case (RFC 9110, 5.1), and
/// one name may appear several times.
using WebFields = std::vector<std::pair<std::string, std::string>>;

struct WebRequest {
  std::string method = "GET";
  std::string url;  ///< absolute
  WebFields fields;
  std::string body;
};

struct WebAnswer {
  int status = 0;
  WebFields fields;  ///< in the order in which they arrived
  std::string body;

  /// Returns the value of the first field of that name.
  std::optional<std::string_view> field(std::string_view name) const {
    for (const auto& [its_name, value] : fields)
      if (equal_ignoring_case(its_name, name)) return value;
    return std::nullopt;
  }
};

}  // namespace callgate
