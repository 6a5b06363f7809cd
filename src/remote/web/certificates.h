// The certificates of authorities that are trusted in addition to those of the system.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "curl_library.h"

namespace callgate {

inline constexpr size_t kLargestCaFile = size_t{4} << 20;

/// Returns the system's certificates and those of the files as one PEM text. Reads files, which
/// blocks. Error: "remote.ca_file".
Result<std::shared_ptr<const std::string>> read_certificates(const CurlLibrary& curl,
                                                             const std::vector<std::string>& files);

}  // namespace callgate
