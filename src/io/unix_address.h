// Addresses of Unix sockets: their folders, and paths that are too long for an address.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "callgate/base/result.h"

namespace callgate {

Error socket_error(const char* code, const std::string& path, const std::string& why);
/// Makes the folder if it is missing. Returns an error if others may write to it.
Status make_private_folder(const std::string& path);
/// `path`, or a path that leads to the same file and fits into an address.
Result<std::string> fitting_path(const std::string& path);
/// The address for a path that fits.
sockaddr_un unix_address(const std::string& fitting);

}  // namespace callgate
