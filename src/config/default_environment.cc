#include "callgate/config/default_environment.h"

namespace callgate {

const std::vector<std::string>& default_environment() {
  static const auto& names = *new std::vector<std::string>{"PATH",
                                                           "HOME",
                                                           "USER",
                                                           "LOGNAME",
                                                           "SHELL",
                                                           "TERM",
                                                           "TZ",
                                                           "TMPDIR",
                                                           "TMP",
                                                           "TEMP",
                                                           "LANG",
                                                           "LANGUAGE",
                                                           "LC_ALL",
                                                           "LC_ADDRESS",
                                                           "LC_COLLATE",
                                                           "LC_CTYPE",
                                                           "LC_IDENTIFICATION",
                                                           "LC_MEASUREMENT",
                                                           "LC_MESSAGES",
                                                           "LC_MONETARY",
                                                           "LC_NAME",
                                                           "LC_NUMERIC",
                                                           "LC_PAPER",
                                                           "LC_TELEPHONE",
                                                           "LC_TIME",
                                                           "XDG_CACHE_HOME",
                                                           "XDG_CONFIG_DIRS",
                                                           "XDG_CONFIG_HOME",
                                                           "XDG_CURRENT_DESKTOP",
                                                           "XDG_DATA_DIRS",
                                                           "XDG_DATA_HOME",
                                                           "XDG_RUNTIME_DIR",
                                                           "XDG_SESSION_TYPE",
                                                           "XDG_STATE_HOME",
                                                           "HTTP_PROXY",
                                                           "HTTPS_PROXY",
                                                           "NO_PROXY",
                                                           "ALL_PROXY",
                                                           "http_proxy",
                                                           "https_proxy",
                                                           "no_proxy",
                                                           "all_proxy",
                                                           "SSL_CERT_FILE",
                                                           "SSL_CERT_DIR",
                                                           "CURL_CA_BUNDLE",
                                                           "REQUESTS_CA_BUNDLE",
                                                           "NODE_EXTRA_CA_CERTS",
                                                           "GIT_SSL_CAINFO",
                                                           "SSH_AUTH_SOCK",
                                                           "DISPLAY",
                                                           "WAYLAND_DISPLAY",
                                                           "XAUTHORITY",
                                                           "DBUS_SESSION_BUS_ADDRESS",
                                                           "__CF_USER_TEXT_ENCODING"};
  return names;
}

const std::vector<std::string>& network_environment() {
  static const auto& names = *new std::vector<std::string>{
      "http_proxy", "https_proxy", "HTTPS_PROXY",   "all_proxy",          "ALL_PROXY",
      "no_proxy",   "NO_PROXY",    "SSL_CERT_FILE", "NODE_EXTRA_CA_CERTS"};
  return names;
}

}  // namespace callgate
