#include "curl_library.h"

#include <dlfcn.h>

#include <mutex>
#include <string>

#include "callgate/base/log.h"

namespace callgate {

namespace {

// The first release with all options that this room sets (CURLOPT_QUICK_EXIT is the latest).
constexpr unsigned kOldestVersion = 0x075700;
constexpr const char* kOldestVersionText = "7.87.0";
#ifdef __APPLE__
constexpr const char* kLibraryNames[] = {"libcurl.4.dylib", "/usr/lib/libcurl.4.dylib"};
constexpr const char* kInstall = "install it (for example: brew install curl)";
#else
constexpr const char* kLibraryNames[] = {"libcurl.so.4", "libcurl-gnutls.so.4"};
constexpr const char* kInstall =
    "install it (for example: apt install libcurl4, dnf install libcurl, apk add libcurl)";
#endif

class SymbolReader {
 public:
  explicit SymbolReader(void* library) : library_(library) {}
  template <class Function>
  void read(const char* name, Function& function) {
    function = reinterpret_cast<Function>(::dlsym(library_, name));
    if (function == nullptr && missing_.empty()) missing_ = name;
  }
  const std::string& missing() const { return missing_; }

 private:
  void* library_;
  std::string missing_;
};

std::string read_symbols(void* library, CurlLibrary& curl) {
  SymbolReader symbols(library);
  symbols.read("curl_global_init", curl.global_init);
  symbols.read("curl_version_info", curl.version_info);
  symbols.read("curl_easy_init", curl.easy_init);
  symbols.read("curl_easy_cleanup", curl.easy_cleanup);
  symbols.read("curl_easy_reset", curl.easy_reset);
  symbols.read("curl_easy_setopt", curl.easy_setopt);
  symbols.read("curl_easy_getinfo", curl.easy_getinfo);
  symbols.read("curl_easy_strerror", curl.easy_strerror);
  symbols.read("curl_slist_append", curl.slist_append);
  symbols.read("curl_slist_free_all", curl.slist_free_all);
  symbols.read("curl_multi_init", curl.multi_init);
  symbols.read("curl_multi_cleanup", curl.multi_cleanup);
  symbols.read("curl_multi_setopt", curl.multi_setopt);
  symbols.read("curl_multi_add_handle", curl.multi_add_handle);
  symbols.read("curl_multi_remove_handle", curl.multi_remove_handle);
  symbols.read("curl_multi_socket_action", curl.multi_socket_action);
  symbols.read("curl_multi_info_read", curl.multi_info_read);
  symbols.read("curl_free", curl.free);
  symbols.read("curl_url", curl.url);
  symbols.read("curl_url_cleanup", curl.url_cleanup);
  symbols.read("curl_url_get", curl.url_get);
  symbols.read("curl_url_set", curl.url_set);
  return symbols.missing();
}

Result<CurlLibrary> open_library() {
  void* library = nullptr;
  for (const char* name : kLibraryNames) {
    library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) break;
  }
  if (library == nullptr) {
    const char* why = ::dlerror();
    return Error{"remote.no_libcurl",
                 "remote servers need the library libcurl, which could not be loaded: " +
                     std::string(why == nullptr ? "unknown reason" : why),
                 kInstall};
  }
  CurlLibrary curl{};
  const std::string missing = read_symbols(library, curl);
  const curl_version_info_data* about =
      missing.empty() ? curl.version_info(CURLVERSION_NOW) : nullptr;
  if (about == nullptr || about->version_num < kOldestVersion)
    return Error{"remote.old_libcurl",
                 "remote servers need libcurl " + std::string(kOldestVersionText) +
                     " or later, and this machine has " +
                     (about == nullptr ? "an older one (without " + missing + ")"
                                       : std::string(about->version)),
                 "install a newer libcurl"};
  if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
    return Error{"remote.no_libcurl", "libcurl could not be initialised", kInstall};
  log::debug("loaded libcurl {}", about->version);
  return curl;
}

}  // namespace

Result<const CurlLibrary*> load_curl() {
  static std::mutex& mutex = *new std::mutex;
  static const CurlLibrary* loaded = nullptr;
  const std::lock_guard lock(mutex);
  if (loaded == nullptr) {
    Result<CurlLibrary> opened = open_library();
    if (!opened) return opened.error();
    loaded = new CurlLibrary(*opened);
  }
  return loaded;
}

}  // namespace callgate
