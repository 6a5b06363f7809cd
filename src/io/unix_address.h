// Addresses of Unix sockets. Creates the folders of sockets, and shortens paths that are too long
// for an address.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <string>

#include "callgate/base/result.h"

namespace callgate {

Error socket_error(const char* code, const std::string& path, const std::string& why);
/// Creates the folder if it is missing. Returns an error if other users may write to it.
Status make_private_folder(const std::string& path);
/// Returns `path` if it fits into an address, or else a shorter path that leads to the same file.
Result<std::string> fitting_path(const std::string& path);
/// Returns the address for a path that fitting_path() has returned.
sockaddr_un unix_address(const std::string& fitting);

}  // namespace callgate
