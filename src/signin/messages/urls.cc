#include "urls.h"

#include <utility>

#include "shown.h"

namespace callgate {

namespace {

constexpr std::string_view kResource = "/.well-known/oauth-protected-resource";
constexpr std::string_view kServer = "/.well-known/oauth-authorization-server";
constexpr std::string_view kOpenId = "/.well-known/openid-configuration";

std::string without_last_slash(std::string path) {
  if (path.ends_with('/')) path.pop_back();
  return path;
}

}  // namespace

Judged<Url> safe_url(std::string_view text, std::string_view what, const Url& mcp) {
  const auto breach = [&](const std::string& why) {
    return Breach{
        "signin.rule",
        std::string(what) + " " + quoted_text(shown_url(text)) + " cannot be used: it " + why,
        "MCP Authorization, Communication Security", kServerMustCorrect};
  };
  const auto url = parse_url(text);
  if (!url) return breach(url.error().message);
  if (url->is_loopback() && !mcp.is_loopback())
    return breach("leads to this machine, although the MCP server is elsewhere");
  if (!url->https && !url->is_loopback()) return breach("is not encrypted (http instead of https)");
  return *url;
}

std::vector<std::string> resource_metadata_urls(const Url& mcp) {
  std::vector<std::string> urls;
  const std::string query = mcp.query ? "?" + *mcp.query : "";
  const auto add = [&](const std::string& path) {
    std::string url = mcp.origin() + std::string(kResource) + path;
    if (urls.empty() || urls.back() != url) urls.push_back(std::move(url));
  };
  // RFC 9728 removes a slash that is the whole path.
  if (mcp.path != "/") add(mcp.path + query);
  add(without_last_slash(mcp.path) + query);
  add("");
  return urls;
}

std::vector<std::string> server_metadata_urls(const Url& issuer) {
  const std::string path = without_last_slash(issuer.path);
  std::vector<std::string> urls = {issuer.origin() + std::string(kServer) + path,
                                   issuer.origin() + std::string(kOpenId) + path};
  if (!path.empty()) urls.push_back(issuer.origin() + path + std::string(kOpenId));
  return urls;
}

bool covers(const Url& resource, const Url& mcp) {
  if (!same_origin(resource, mcp)) return false;
  if (resource.query && resource.query != mcp.query) return false;
  const std::string at = without_last_slash(resource.path);
  return mcp.path == at || mcp.path == resource.path || mcp.path.starts_with(at + "/");
}

}  // namespace callgate
