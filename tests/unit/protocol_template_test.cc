#include <doctest/doctest.h>

#include <tuple>

#include "callgate/protocol/uri_template.h"

using namespace callgate;

TEST_CASE("a template is filled with the known values, without encoding") {
  const auto value_of = [](std::string_view name) -> std::optional<std::string> {
    if (name == "a") return "x/../y";
    if (name == "b") return "2 3";
    if (name == "empty") return "";
    return std::nullopt;
  };
  const std::pair<const char*, const char*> cases[] = {{"m://{a}", "m://x/../y"},
                                                       {"m://{+a}{b}", "m://x/../y2 3"},
                                                       {"m://{a:3}/{b*}", "m://x/../y/2 3"},
                                                       {"m:{/a,b}", "m:/x/../y/2 3"},
                                                       {"m:{?a,none,b}", "m:?a=x/../y&b=2 3"},
                                                       {"m:{;b}{#a}", "m:;b=2 3#x/../y"},
                                                       {"m:{none}", "m:{none}"},
                                                       {"m:{empty}", "m:{empty}"},
                                                       {"m:{a", "m:{a"},
                                                       {"m:{}", "m:{}"},
                                                       {"", ""},
                                                       {"}{a}{", "}x/../y{"}};
  for (const auto& each : cases) {
    CAPTURE(each.first);
    CHECK(fill_template(each.first, value_of) == each.second);
  }
}

TEST_CASE("a template matches the URIs that it can expand to") {
  const std::tuple<const char*, const char*, bool> cases[] = {
      {"", "", true},
      {"", "x", false},
      {"m://a", "m://a", true},
      {"m://{a}", "m://", false},
      {"m://{a}", "m://x", true},
      {"m://{a}", "m://x/y", false},
      {"m://{+a}", "m://x/y", true},
      {"m://{a}/z", "m://x/z", true},
      {"m://{a}/z", "m:///z", false},
      {"m://{a}{b}", "m://x", false},
      {"m://{a}{b}", "m://xy", true},
      {"m://{a}{b}", "m://x/y", false},
      {"m://{a}{+b}", "m://x/y", true},
      {"m://{a}{+b}", "m:///y", false},
      {"m://{+a}{b}", "m://x/", false},
      {"m://{+a}{b}{+c}{d}", "m://x/yz", true},
      {"m://{+a}{b}{+c}{d}", "m://xyz", false},
      {"m://x{?a}", "m://x", true},
      {"m://x{?a}", "m://x?a=1", true},
      {"m://{a}{?b}{&c}", "m://x?b=/", true},
      {"m://{a}.{b}", "m://a.b.c", true},
      {"m://{a}.{b}", "m://ab", false},
      {"m://{a", "m://{a", true},
      {"{a}/{b}/{c}", "x/y/z", true},
      {"{a}/{b}/{c}", "x/y", false},
      {"aa{a}aa", "aaa", false},
      {"aa{a}aa", "aaaaa", true}};
  for (const auto& [text, uri, matches] : cases) {
    // clang 14 cannot capture structured bindings in a lambda, and CAPTURE makes one.
    const std::string shown = text + std::string(" and ") + uri;
    CAPTURE(shown);
    CHECK(template_matches(text, uri) == matches);
  }
}

TEST_CASE("the cost of matching a template is limited") {
  const auto steps_of = [](const std::string& text, const std::string& uri) {
    size_t steps = size_t{1} << 30;
    const size_t before = steps;
    UriTemplate(text).matches(uri, steps);
    return before - steps;
  };
  std::string adjacent, mixed, apart;
  for (int i = 0; i < 1000; ++i) {
    adjacent += "{a}";
    mixed += i % 2 == 0 ? "{a}" : "{+b}";
    apart += "{a}x";
  }
  const std::string uri(8000, 'x');
  CHECK(steps_of("m://" + adjacent, "m://" + uri) <= 2 * 8005);
  CHECK(steps_of("m://" + mixed, "m://" + uri) <= 4 * 8005);
  CHECK(steps_of("m://" + adjacent, "m://x") == 0);
  CHECK(steps_of("n://" + adjacent, "m://" + uri) == 0);
  CHECK(template_matches("m://" + adjacent, "m://" + std::string(1000, 'x')));
  CHECK_FALSE(template_matches("m://" + adjacent, "m://" + std::string(999, 'x')));
  // A template with a hundred and twenty-eight literals and expressions matches; one with one more
  // does not.
  CHECK(template_matches(apart.substr(0, 64 * 4), std::string(200, 'x')));
  CHECK_FALSE(template_matches(apart.substr(0, 64 * 4 + 3), std::string(200, 'x')));
  size_t few = 100;
  CHECK_FALSE(UriTemplate(apart.substr(0, 40)).matches(uri, few));
  CHECK(few == 0);
}
