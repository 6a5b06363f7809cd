#include "unix_address.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "loop_impl.h"

namespace callgate {

namespace {

constexpr size_t kLongest = sizeof(sockaddr_un::sun_path) - 1;

/// True if the folder belongs to our user and nobody else can create files in it. (It does not
/// matter who can read the folder: the sockets have mode 0600, and UnixListener checks the user of
/// each peer.)
bool is_private_folder(const std::string& path) {
  struct stat about {};
  return ::lstat(path.c_str(), &about) == 0 && S_ISDIR(about.st_mode) &&
         about.st_uid == ::geteuid() && (about.st_mode & 022) == 0;
}

/// Returns the name of the link for a folder. It is an FNV-1a hash of the folder, so that every
/// process uses the same link.
std::string short_name(const std::string& folder) {
  uint64_t hash = 14695981039346656037U;
  for (const char c : folder) hash = (hash ^ static_cast<unsigned char>(c)) * 1099511628211U;
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

Result<std::string> link_folder() {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  std::string folder = runtime && *runtime == '/' ? std::string(runtime) + "/callgate" : "";
  if (folder.empty() || folder.size() + 40 > kLongest)
    folder = "/tmp/callgate-" + std::to_string(::geteuid());
  if (Status made = make_private_folder(folder); !made) return made.error();
  return folder;
}

}  // namespace

Error socket_error(const char* code, const std::string& path, const std::string& why) {
  return {code, path + ": " + why,
          "check the state folder, or set CALLGATE_STATE to another folder"};
}

Status make_private_folder(const std::string& path) {
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    return socket_error("io.listen", path, "cannot make the folder: " + system_reason(errno));
  if (is_private_folder(path)) return {};
  return socket_error("io.listen", path, "other users may write to this folder");
}

Result<std::string> fitting_path(const std::string& path) {
  if (path.size() <= kLongest) return path;
  const size_t slash = path.rfind('/');
  const std::string folder = path.substr(0, slash);
  Result<std::string> links = link_folder();
  if (!links) return links.error();
  const std::string link = *links + "/" + short_name(folder);
  std::string target(folder.size() + 1, '\0');
  const ssize_t length = ::readlink(link.c_str(), target.data(), target.size());
  const bool right = length == static_cast<ssize_t>(folder.size()) &&
                     target.compare(0, folder.size(), folder) == 0;
  if (!right) {
    // The link is replaced by a rename, so that it never is missing: another process may be binding
    // a socket through it at this moment.
    const std::string fresh = link + "." + std::to_string(::getpid());
    ::unlink(fresh.c_str());
    if (::symlink(folder.c_str(), fresh.c_str()) != 0 || ::rename(fresh.c_str(), link.c_str()) != 0)
      return socket_error("io.listen", link, system_reason(errno));
  }
  std::string fit = link + path.substr(slash);
  if (fit.size() > kLongest) return socket_error("io.listen", path, "the name is too long");
  return fit;
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ENSURE(path.size() <= kLongest);
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

}  // namespace callgate
