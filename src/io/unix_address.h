// Addresses of Unix sockets: the folders that they lie in, and paths that are too long for them.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "callgate/base/result.h"

namespace callgate {

Error socket_error(const char* code, const std::string& path, const std::string& why);
/// Makes the folder where it is missing. An error if others may write to it.
Status make_private_folder(const std::string& path);
/// `path`, or another that leads there and fits into an address.
Result<std::string> fitting_path(const std::string& path);
/// Of a path that fits.
sockaddr_un unix_address(const std::string& fitting);

}  // namespace callgate
