#include "url.h"

#include <memory>

#include "callgate/base/ascii.h"

namespace callgate {

namespace {

constexpr unsigned kUrlFlags = CURLU_DISALLOW_USER;

Error bad_url(const std::string& text, const std::string& why) {
  return {"remote.url", "the URL '" + text.substr(0, 200) + "' cannot be used: " + why,
          "write a complete URL such as https://example.com/mcp"};
}

class UrlHandle {
 public:
  explicit UrlHandle(const CurlLibrary& curl) : curl_(curl), handle_(curl.url()) {}
  ~UrlHandle() { curl_.url_cleanup(handle_); }
  UrlHandle(const UrlHandle&) = delete;

  bool set(CURLUPart part, const char* text) {
    return curl_.url_set(handle_, part, text, kUrlFlags) == CURLUE_OK;
  }
  std::string get(CURLUPart part, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_.url_get(handle_, part, &text, flags) != CURLUE_OK) return "";
    std::string copy = text;
    curl_.free(text);
    return copy;
  }

 private:
  const CurlLibrary& curl_;
  CURLU* handle_;
};

Result<WebUrl> finished(UrlHandle& handle, const std::string& text) {
  // libcurl takes https:///path for https://path.
  if (const size_t colon = text.find(':'); text.substr(0, colon + 4).ends_with(":///"))
    return bad_url(text, "it names no host");
  handle.set(CURLUPART_FRAGMENT, nullptr);
  WebUrl url{.text = handle.get(CURLUPART_URL),
             .scheme = handle.get(CURLUPART_SCHEME),
             .host = lowered(handle.get(CURLUPART_HOST)),
             .port = handle.get(CURLUPART_PORT, CURLU_DEFAULT_PORT)};
  if (url.scheme != "http" && url.scheme != "https")
    return bad_url(text, "it begins neither with https:// nor with http://");
  if (url.host.starts_with('[') && url.host.ends_with(']'))
    url.host = url.host.substr(1, url.host.size() - 2);
  if (url.text.empty() || url.host.empty()) return bad_url(text, "it names no host");
  if (url.text.size() > kLongestUrl)
    return bad_url(text, "it is longer than " + std::to_string(kLongestUrl) + " bytes");
  return url;
}

}  // namespace

Result<WebUrl> read_url(const CurlLibrary& curl, const std::string& text) {
  if (text.size() > kLongestUrl || text.find('\0') != std::string::npos)
    return bad_url(text, "it is too long, or has a NUL");
  UrlHandle handle(curl);
  if (!handle.set(CURLUPART_URL, text.c_str()))
    return bad_url(text, "it is not an absolute URL, or it has a user name or a password");
  return finished(handle, text);
}

Result<WebUrl> resolve_url(const CurlLibrary& curl, const WebUrl& base,
                           const std::string& reference) {
  if (reference.size() > kLongestUrl || reference.find('\0') != std::string::npos)
    return bad_url(reference, "it is too long, or has a NUL");
  UrlHandle handle(curl);
  if (!handle.set(CURLUPART_URL, base.text.c_str()) ||
      !handle.set(CURLUPART_URL, reference.c_str()))
    return bad_url(reference, "it is not a URL, or it has a user name or a password");
  return finished(handle, reference);
}

std::string shown_url(const WebUrl& url) { return url.text.substr(0, url.text.find('?')); }

}  // namespace callgate
