// The certificates of authorities that are trusted in TLS.
#pragma once

#include <string>
#include <vector>

#include "callgate/base/result.h"
#include "callgate/io/descriptor.h"
#include "curl_library.h"

namespace callgate {

inline constexpr size_t kLargestCaFile = size_t{4} << 20;

/// How libcurl gets the certificates. It reads a file once and uses what it read for all
/// connections, if it gets no folder besides. A text is read again for each connection, which takes
/// some 20 ms.
struct Certificates {
  std::string file;         ///< for CURLOPT_CAINFO; empty for libcurl's own file
  std::string text;         ///< for CURLOPT_CAINFO_BLOB, if the certificates are in no file
  bool has_system = false;  ///< the system's file is part of them, so its folder is not needed
  Descriptor memory;        ///< has the contents of `file`
};

/// Returns the system's certificates and those of the files, which are in PEM format. Reads files,
/// which blocks. Error: "remote.ca_file".
Result<Certificates> read_certificates(const CurlLibrary& curl,
                                       const std::vector<std::string>& files);

}  // namespace callgate
