// The kinds of addresses, URLs, and the choice of a proxy.
#include <arpa/inet.h>
#include <netinet/in.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "callgate/io/descriptor.h"
#include "remote/web/addresses.h"
#include "remote/web/certificates.h"
#include "remote/web/proxies.h"
#include "remote/web/url.h"
#include "remote_support.h"

using namespace callgate;

namespace {

char kind_of(const char* text) {
  const auto kind = literal_kind(text);
  REQUIRE(kind.has_value());
  sockaddr_storage address{};
  sockaddr_in v4{};
  sockaddr_in6 v6{};
  if (::inet_pton(AF_INET, text, &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    std::memcpy(&address, &v4, sizeof v4);
  } else {
    v6.sin6_family = AF_INET6;
    REQUIRE(::inet_pton(AF_INET6, text, &v6.sin6_addr) == 1);
    std::memcpy(&address, &v6, sizeof v6);
  }
  CHECK(address_kind(reinterpret_cast<const sockaddr&>(address)) == *kind);
  return kind == AddressKind::Public ? 'p' : kind == AddressKind::Loopback ? 'l' : '-';
}

const CurlLibrary& curl() {
  const auto loaded = load_curl();
  REQUIRE(loaded.ok());
  return **loaded;
}

WebUrl url(const std::string& text) {
  auto read = read_url(curl(), text);
  REQUIRE(read.ok());
  return *read;
}

}  // namespace

TEST_CASE("addresses for the whole internet are told from all others") {
  for (const char* text :
       {"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255",
        "172.32.0.0", "169.253.255.255", "192.167.255.255", "198.20.0.0", "223.255.255.255",
        "2606:4700::1111", "2001:4860:4860::8888", "2002:0808:0808::1", "64:ff9b::808:808",
        "::ffff:8.8.8.8"}) {
    CAPTURE(text);
    CHECK(kind_of(text) == 'p');
  }
  for (const char* text :
       {"0.0.0.0",         "10.0.0.1",        "10.255.255.255",   "100.64.0.0",
        "100.127.255.255", "169.254.169.254", "172.16.0.0",       "172.31.255.255",
        "192.168.1.1",     "192.0.0.8",       "198.18.0.1",       "198.19.255.255",
        "224.0.0.1",       "240.0.0.1",       "255.255.255.255",  "::",
        "fc00::1",         "fdff::1",         "fe80::1",          "fec0::1",
        "ff02::1",         "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1",
        "::10.0.0.1",      "64:ff9b::a00:1",  "64:ff9b::7f00:1",  "64:ff9b:1::1",
        "2002:7f00:1::",   "2002:a00:1::",    "2001::1",          "2001:db8::1",
        "3fff::1",         "100::1",          "5f00::1"}) {
    CAPTURE(text);
    CHECK(kind_of(text) == '-');
  }
  for (const char* text : {"127.0.0.1", "127.255.255.254", "::1"}) CHECK(kind_of(text) == 'l');
  CHECK_FALSE(literal_kind("example.com"));
  const sockaddr local{.sa_family = AF_UNIX, .sa_data = {}};
  CHECK(address_kind(local) == AddressKind::Private);
}

TEST_CASE("a URL is read into its parts, and its fragment is dropped") {
  const WebUrl read = url("HTTPS://Example.COM/a/b?k=v#part");
  CHECK(read.secure());
  CHECK(read.host == "example.com");
  CHECK(read.port == "443");
  CHECK(read.text.find("#") == std::string::npos);
  CHECK(shown_url(read).find("k=v") == std::string::npos);
  CHECK(read.origin() == url("https://example.com:443/other").origin());
  CHECK(read.origin() != url("http://example.com/").origin());
  CHECK(read.origin() != url("https://example.com:444/").origin());
  CHECK(url("http://[::1]:80/").host == "::1");
  CHECK(url("http://0x7f.1/").host == "127.0.0.1");
}

TEST_CASE("a reference is resolved against the URL of its document") {
  const WebUrl base = url("https://h/a/sse?x=1");
  const auto resolved = [&](const char* reference) {
    const auto read = resolve_url(curl(), base, reference);
    return read ? read->text : read.error().code;
  };
  CHECK(resolved("/message?sessionId=1") == "https://h/message?sessionId=1");
  CHECK(resolved("m") == "https://h/a/m");
  CHECK(resolved("//other/m") == "https://other/m");
  CHECK(resolved("http://h/m") == "http://h/m");
  CHECK(resolved("https://u@h/") == "remote.url");
  CHECK(resolved("file:///x") == "remote.url");
}

TEST_CASE("a proxy is chosen by the URL") {
  const WebNetwork network{.http_proxy = "http://p",
                           .https_proxy = "http://s",
                           .no_proxy = "example.com, .corp.test,10.0.0.0/8,fd00::/8,192.168.1.1"};
  const auto proxy = [&](const char* text) { return proxy_for(network, url(text)); };
  CHECK(proxy("https://a.test/") == "http://s");
  CHECK(proxy("http://a.test/") == "http://p");
  CHECK(proxy("https://notexample.com/") == "http://s");
  CHECK(proxy("http://11.0.0.1/") == "http://p");
  CHECK(proxy("http://192.168.1.2/") == "http://p");
  for (const char* direct :
       {"https://localhost/", "http://127.0.0.1/", "http://[::1]/", "https://example.com/",
        "https://EXAMPLE.com/", "https://a.example.com/", "https://x.corp.test/",
        "https://corp.test/", "http://10.1.2.3/", "http://[fd12::1]/", "http://192.168.1.1/"}) {
    CAPTURE(direct);
    CHECK(proxy(direct).empty());
  }
  CHECK(proxy_for({.https_proxy = "http://s", .no_proxy = "*"}, url("https://a.test/")).empty());
}

TEST_CASE("a file of certificates has a limit") {
  std::string path = (std::filesystem::temp_directory_path() / "callgate-test-XXXXXX").string();
  const Descriptor file(::mkstemp(path.data()));
  REQUIRE(file.get() >= 0);
  const auto write = [&](size_t size) {
    std::string text = "-----BEGIN CERTIFICATE-----\n";
    text.resize(size, 'A');
    std::ofstream(path, std::ios::binary) << text;
    return read_certificates(curl(), {path});
  };
  const auto largest = write(kLargestCaFile);
  REQUIRE(largest.ok());
#ifdef __linux__
  REQUIRE_FALSE(largest->file.empty());
  CHECK(largest->text.empty());
  CHECK(std::filesystem::file_size(largest->file) > kLargestCaFile);
#else
  CHECK(largest->text.size() > kLargestCaFile);
#endif
  const auto too_large = write(kLargestCaFile + 1);
  REQUIRE_FALSE(too_large.ok());
  CHECK(too_large.error().code == "remote.ca_file");
  std::ofstream(path) << "no certificate";
  CHECK_FALSE(read_certificates(curl(), {path}).ok());
  ::unlink(path.c_str());
}
