// URLs, forms and Base64.
#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

#include "callgate/base/base64.h"
#include "callgate/base/url.h"

using namespace callgate;

namespace {

std::string why_bad(const std::string& text) {
  const auto url = parse_url(text);
  if (url) return "";
  CHECK(url.error().code == "url.invalid");
  return url.error().message;
}

Url good(const std::string& text) {
  const auto url = parse_url(text);
  REQUIRE(url);
  return *url;
}

}  // namespace

TEST_CASE("a URL is split into its parts, and written again") {
  const Url url = good("HTTPS://Example.COM:8443/A/b%2Fc?x=%20&y");
  CHECK(url.https);
  CHECK(url.host == "example.com");
  CHECK(url.port == 8443);
  CHECK(url.path == "/A/b%2Fc");
  CHECK(url.query == "x=%20&y");
  CHECK(url.origin() == "https://example.com:8443");
  CHECK(url.text() == "https://example.com:8443/A/b%2Fc?x=%20&y");
  for (const char* same : {"https://h", "https://h/", "https://h/?", "http://h/a//b/",
                           "https://h?q", "http://[::1]:80/x", "http://127.0.0.1:1/"})
    CHECK(good(good(same).text()) == good(same));
  CHECK(good("https://h:443/").text() == "https://h/");
  CHECK(good("http://h:80").text() == "http://h");
  CHECK(good("https://h:80").text() == "https://h:80");
  CHECK_FALSE(good("https://h/").query);
  CHECK(good("https://h/?").query == "");
}

TEST_CASE("a URL that programs could read differently is refused") {
  const std::string other_scheme = "does not begin with https:// or http://";
  for (const char* text : {"", "h", "//h/", "javascript:alert(1)", "file:///etc/passwd", "ftp://h/",
                           "https:/h", "https:h", "httpss://h/", " https://h/"})
    CHECK(why_bad(text) == other_scheme);
  for (const char* text : {"https://a@h/", "https://a:b@h/", "https://@h/", "https://h@evil:1/"})
    CHECK(why_bad(text) == "has a user name before the host");
  CHECK(why_bad("https://h/#") == "has a fragment after a #");
  CHECK(why_bad("https://h#@evil/") == "has a fragment after a #");
  for (const char* text : {"https:///a", "https://", "https://:1/"})
    CHECK(why_bad(text) == "names no host");
  for (const char* text : {"https://h\\evil/", "https://h h/", "https://h\t/", "https://h%2e/",
                           "https://a,b/", "https://h\xc3\xa9/"})
    CHECK(why_bad(text) == "has characters in the host that no host name may have");
  for (const char* text : {"https://h/a b", "https://h/\\", "https://h/\n", "https://h/?a\x7f",
                           "https://h/\xc3\xa9", "https://h/?\"", "https://h/<"})
    CHECK(why_bad(text) == "has characters that must be percent-encoded");
  for (const char* text : {"https://h/%", "https://h/%2", "https://h/%zz", "https://h/?%1g"})
    CHECK(why_bad(text) == "has a % without two hexadecimal digits");
  for (const char* text :
       {"https://h/..", "https://h/./a", "https://h/a/%2e%2E/b", "https://h/a/."})
    CHECK(why_bad(text) == "has a step . or .. in its path");
  for (const char* text : {"https://h:/", "https://h:0/", "https://h:65536/", "https://h:+1/",
                           "https://h:1:2/", "https://[::1/", "https://h:99999999999/"})
    CHECK(why_bad(text) == "has a port that is no number from 1 to 65535");
  for (const char* text :
       {"https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://0177.0.0.1/",
        "https://1.2.3.256/", "https://a.1/", "https://127.0.0.1./"})
    CHECK(why_bad(text) ==
          "has a number as the host that is no IPv4 address of four decimal parts");
  for (const char* text :
       {"https://[::1]x/", "https://[]/", "https://[fe80::1%25eth0]/", "https://[1.2.3.4]/"})
    CHECK(why_bad(text) == "has brackets around what is no IPv6 address");
  CHECK(why_bad("https://h/..a/b..") == "");
  CHECK(why_bad("https://1a.2b/") == "");
}

TEST_CASE("a URL has a largest size, and so has its host") {
  const std::string begin = "https://h/";
  CHECK(why_bad(begin + std::string(kLongestUrl - begin.size(), 'a')) == "");
  CHECK(why_bad(begin + std::string(kLongestUrl - begin.size() + 1, 'a')) == "has more than 8 KiB");
  CHECK(why_bad("https://" + std::string(253, 'a')) == "");
  CHECK(why_bad("https://" + std::string(254, 'a')) == "has a host of more than 253 bytes");
}

TEST_CASE("the host is this machine only if that is certain") {
  for (const char* text : {"http://localhost", "http://LOCALHOST:1", "http://127.0.0.1",
                           "http://127.255.0.9", "http://[::1]", "http://[0:0::0:1]:2"})
    CHECK(good(text).is_loopback());
  for (const char* text : {"http://localhost.", "http://a.localhost", "http://127.0.0.1.example",
                           "http://128.0.0.1", "http://[::2]", "http://[::ffff:127.0.0.1]"})
    CHECK_FALSE(good(text).is_loopback());
  CHECK(same_origin(good("https://H/a"), good("https://h:443/b?c")));
  for (const char* other : {"http://h", "https://h:1", "https://g"})
    CHECK_FALSE(same_origin(good("https://h"), good(other)));
  CHECK(without_fragment("https://h/a#b#c") == "https://h/a");
  CHECK(without_fragment("https://h/a") == "https://h/a");
}

TEST_CASE("forms are encoded and read") {
  const FormFields fields = {{"a b", "c&d=e+f%"}, {"", ""}, {"a b", "\xc3\xa9\n~*"}};
  const std::string text = "a+b=c%26d%3De%2Bf%25&=&a+b=%C3%A9%0A~%2A";
  CHECK(form_text(fields) == text);
  CHECK(read_form(text) == fields);
  CHECK(read_form("&a&&b=&c=d=e&%zz=+%2") ==
        FormFields{{"a", ""}, {"b", ""}, {"c", "d=e"}, {"%zz", " %2"}});
  CHECK(read_form("").empty());
}

TEST_CASE("Base64 has the values of RFC 4648 section 10, in both alphabets") {
  const std::vector<std::pair<std::string, std::string>> values = {{"", ""},
                                                                   {"f", "Zg=="},
                                                                   {"fo", "Zm8="},
                                                                   {"foo", "Zm9v"},
                                                                   {"foob", "Zm9vYg=="},
                                                                   {"fooba", "Zm9vYmE="},
                                                                   {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : values) {
    CHECK(base64(bytes) == text);
    CHECK(base64_decoded(text) == bytes);
    const std::string bare = text.substr(0, text.find('='));
    CHECK(base64url(bytes) == bare);
    CHECK(base64url_decoded(bare) == bytes);
  }
  CHECK(base64("\xfb\xff") == "+/8=");
  CHECK(base64url("\xfb\xff") == "-_8");
  CHECK(base64url_decoded("-_8") == "\xfb\xff");
  for (const char* bad : {"Zg", "Zg=", "Z===", "Zm9v\n", "Zm9-", "=Zg=", "===="})
    CHECK_FALSE(base64_decoded(bad));
  for (const char* bad : {"Zg==", "Z", "Zm9v Z", "+/8", "Zm9vZ"})
    CHECK_FALSE(base64url_decoded(bad));
}
