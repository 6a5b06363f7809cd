#include <doctest/doctest.h>

#include "callgate/protocol/uri_template.h"

using namespace callgate;

TEST_CASE("a template is filled with the values that there are, as they are") {
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
